package io.keyferry.model.file;

import io.keyferry.model.Migration;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code http}. */
final class HttpSection {

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]*|[0-9a-fA-F.]*:[0-9a-fA-F:.]*");
    private static final String HOST_EXPECTED =
            "a name or an address of this machine without a port, such as 127.0.0.1, or 0.0.0.0 for all of them";
    private static final String FILE_EXPECTED = "the path of a file that holds the dashboard's token";
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F.]*:[0-9a-fA-F:.]*");
    private static final String NAMES_EXPECTED =
            "a list of the names that browsers reach the dashboard by, without a port, such as keyferry.internal";
    private static final int GREATEST_PORT = 65535;

    private HttpSection() {}

    static Migration.Http read(Section http, Path folder) {
        String host = http.optional("host")
                .flatMap(value -> Checked.text(value, HOST, HOST_EXPECTED))
                .orElse(Migration.Http.DEFAULT.host());
        int port = http.optional("port")
                .flatMap(value -> value.wholeNumber(0, GREATEST_PORT))
                .map(Long::intValue)
                .orElse(Migration.Http.DEFAULT.port());
        Optional<Path> tokenFile =
                http.optional("tokenFile").flatMap(value -> Checked.file(value, folder, FILE_EXPECTED));
        List<String> allowedHosts = http.optional("allowedHosts")
                .map(value -> Checked.distinct(value, NAMES_EXPECTED, name -> Checked.text(name, NAME, NAMES_EXPECTED)))
                .orElse(List.of());
        http.noOtherKeys();
        return new Migration.Http(host, port, tokenFile, allowedHosts);
    }
}
