package io.keyferry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The settings that docs/existing-debezium.md tells the user to use. */
record ConnectorDocument(Map<String, String> connector, Map<String, Map<String, String>> converters) {

    private static final Pattern BLOCK =
            Pattern.compile("(?:\\n([^\\n]+):\\n)?\\n```json\\n(.*?)\\n```", Pattern.DOTALL);

    /** Reads the connector, and its converters by the line that stands before them. */
    static ConnectorDocument read() throws IOException {
        String text = Files.readString(Path.of("../docs/existing-debezium.md"));
        ObjectMapper mapper = new ObjectMapper();
        List<Map<String, String>> connectors = new ArrayList<>();
        Map<String, Map<String, String>> converters = new LinkedHashMap<>();
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            JsonNode block = mapper.readTree(blocks.group(2));
            JsonNode settings = block.has("config") ? block.get("config") : block;
            Map<String, String> read = new LinkedHashMap<>();
            settings.properties()
                    .forEach(setting ->
                            read.put(setting.getKey(), setting.getValue().textValue()));
            if (block.has("config")) {
                connectors.add(read);
            } else {
                converters.put(blocks.group(1), read);
            }
        }
        if (connectors.size() != 1) {
            throw new IllegalStateException("the document has " + connectors.size() + " connectors");
        }
        return new ConnectorDocument(connectors.get(0), converters);
    }
}
