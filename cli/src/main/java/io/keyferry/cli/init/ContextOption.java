package io.keyferry.cli.init;

import io.keyferry.cli.terminal.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
            contexts.computeIfAbsent(option.substring(0, colon), any -> new LinkedHashMap<>())
                    .putAll(entries(option.substring(colon + 1)).orElseThrow(() -> wrong(option)));
        }
        return contexts;
    }

    /** Reads {@code name=text,name=text}; empty where it is not that. */
    static Optional<Map<String, String>> entries(String text) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (String entry : text.split(",")) {
            int equals = entry.indexOf('=');
            if (equals <= 0) {
                return Optional.empty();
            }
            entries.put(
                    entry.substring(0, equals).strip(),
                    entry.substring(equals + 1).strip());
        }
        return Optional.of(entries);
    }

    private static UsageException wrong(String option) {
        return new UsageException("--context takes schema.table.column:name=text,…, not '" + option + "'");
    }
}
