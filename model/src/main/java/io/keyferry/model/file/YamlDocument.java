package io.keyferry.model.file;

import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads YAML 1.2 text into nodes that know their line, with aliases resolved. */
final class YamlDocument {

    private static final String EXPECTED = "a YAML document";

    private YamlDocument() {}

    /** The root of the text's one document. */
    static Value read(String yaml, String file, Reading reading) {
        return Value.ofFile(root(yaml, file), reading);
    }

    /**
     * The root of a text, or empty where there is nothing in it.
     *
     * @throws YamlEngineException where it is not YAML; its message quotes the text
     */
    static Optional<Node> compose(String yaml) {
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setAllowNonScalarKeys(true)
                .build();
        return new Compose(settings).composeString(yaml);
    }

    private static Node root(String yaml, String file) {
        Optional<Node> root;
        try {
            root = compose(yaml);
        } catch (MarkedYamlEngineException e) {
            // The exception's own message quotes the file, which may hold a password: only its reason is told, and it
            // is no cause either.
            int line = e.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
            throw new ConfigurationException(
                    file, List.of(new Problem("", line, "is not YAML: " + e.getProblem(), EXPECTED)));
        } catch (YamlEngineException e) {
            throw new ConfigurationException(
                    file, List.of(new Problem("", 0, "is not YAML", EXPECTED + " of one part")));
        }
        return root.orElseThrow(() -> new ConfigurationException(
                file, List.of(new Problem("", 0, "is empty", "name, database, keys and tables"))));
    }
}
