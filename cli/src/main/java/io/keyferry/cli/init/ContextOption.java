package io.keyferry.cli.init;

import io.keyferry.cli.terminal.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code --context schema.table.column:name=text,name=text}. */
final class ContextOption {

    private ContextOption() {}

    /** The contexts' texts by qualified column. */
    static Map<String, Map<String, String>> parse(List<String> options) {
        Map<String, Map<String, String>> contexts = new LinkedHashMap<>();
        for (String option : options) {
            int colon = option.indexOf(':');
            if (colon <= 0) {
                throw wrong(option);
            }
            Map<String, String> entries =
                    contexts.computeIfAbsent(option.substring(0, colon), any -> new LinkedHashMap<>());
            for (String entry : option.substring(colon + 1).split(",")) {
                int equals = entry.indexOf('=');
                if (equals <= 0) {
                    throw wrong(option);
                }
                entries.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return contexts;
    }

    private static UsageException wrong(String option) {
        return new UsageException("--context takes schema.table.column:name=text,…, not '" + option + "'");
    }
}
