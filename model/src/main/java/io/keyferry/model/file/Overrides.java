package io.keyferry.model.file;

import io.keyferry.model.NearestName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The variables {@code KEYFERRY_…}, each of which takes the place of what the file says at the path that it is named
 * after. Which paths there are, the reading itself tells by asking: there is no other list of them.
 */
final class Overrides {

    private static final String PREFIX = "KEYFERRY_";
    private static final Set<String> NOT_SETTINGS = Set.of("KEYFERRY_JAVA_OPTS", "KEYFERRY_DOCKER", "KEYFERRY_TOKEN");
    /** What Kubernetes tells every container of a Service whose name begins with keyferry, and Docker of a link. */
    private static final Pattern OF_A_SERVICE =
            Pattern.compile(".*_SERVICE_HOST|.*_SERVICE_PORT(_.*)?|.*_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");

    private static final Pattern ADDRESS_OF_A_SERVICE = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Map<String, String> variables = new TreeMap<>();
    private final Set<String> asked = new TreeSet<>();
    private final Set<String> told = new HashSet<>();
    private final Set<String> secret = new HashSet<>();
    private final Map<String, String> pathsInForce = new TreeMap<>();

    Overrides(Map<String, String> environment) {
        environment.forEach((name, text) -> {
            if (name.startsWith(PREFIX) && !NOT_SETTINGS.contains(name) && !isOfAService(name, text)) {
                variables.put(name, text);
            }
        });
    }

    private static boolean isOfAService(String name, String text) {
        return OF_A_SERVICE.matcher(name).matches()
                || name.endsWith("_PORT") && ADDRESS_OF_A_SERVICE.matcher(text).matches();
    }

    /** {@code tables[0].columns[1].encoding} is KEYFERRY_TABLES_0_COLUMNS_1_ENCODING. */
    static String variable(String path) {
        return PREFIX
                + path.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replace("]", "")
                        .replaceAll("[.\\[-]", "_")
                        .toUpperCase(Locale.ROOT);
    }

    /** The text of the path's variable, if there is one. */
    Optional<String> at(String path) {
        String variable = variable(path);
        asked.add(variable);
        Optional<String> text = Optional.ofNullable(variables.get(variable));
        text.ifPresent(set -> pathsInForce.put(variable, path));
        return text.map(String::strip);
    }

    /** What the names of variables for something within the path go on with, such as {@code 0_TABLE}. */
    List<String> within(String path) {
        String prefix = variable(path) + "_";
        return variables.keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .toList();
    }

    /** A problem tells of this variable already, or it is no setting. */
    void passOver(String variable) {
        told.add(variable);
    }

    /** What is within the path will not be asked for, because of a problem that is told. */
    void passOverWithin(String path) {
        within(path).forEach(rest -> passOver(variable(path) + "_" + rest));
    }

    /** What stands at the path may hold passwords. */
    void hide(String path) {
        secret.add(path);
    }

    /** Every variable that nobody has asked for: whoever set it meant something by it. */
    void refuseOthers(Problems problems) {
        for (String variable : variables.keySet()) {
            if (asked.contains(variable) || told.contains(variable)) {
                continue;
            }
            String meant = NearestName.of(
                            withoutPrefix(variable),
                            asked.stream().map(Overrides::withoutPrefix).toList())
                    .map(name -> " (did you mean " + PREFIX + name + "?)")
                    .orElse("");
            problems.add(new Problem(
                    "",
                    0,
                    Optional.of(variable),
                    "is no setting that KeyFerry knows" + meant,
                    PREFIX + " and the path of a setting of migration.yaml, or no such variable"));
        }
    }

    private static String withoutPrefix(String variable) {
        return variable.substring(PREFIX.length());
    }

    /** Those that have taken the place of something, by path. */
    List<AppliedOverride> inForce() {
        List<AppliedOverride> all = new ArrayList<>();
        new TreeMap<>(pathsInForce)
                .forEach((variable, path) -> all.add(
                        isSecret(path)
                                ? new AppliedOverride(path, variable, AppliedOverride.HIDDEN)
                                : AppliedOverride.of(path, variable, variables.get(variable))));
        return all;
    }

    private boolean isSecret(String path) {
        return secret.stream().anyMatch(hidden -> isWithin(hidden, path) || isWithin(path, hidden));
    }

    private static boolean isWithin(String part, String whole) {
        return part.equals(whole) || part.startsWith(whole + ".") || part.startsWith(whole + "[");
    }
}
