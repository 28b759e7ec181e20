package io.keyferry.snapshot;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableLayout;
import java.util.stream.Stream;

/**
 * Names as regular expressions that match that one name: Debezium's lists hold case-insensitive expressions, separated
 * by commas.
 */
final class ExactName {

    private ExactName() {}

    /** Debezium takes a name that begins or ends with a double quote for one that is quoted already. */
    static void check(TableLayout layout) {
        Stream.concat(Stream.of(layout.name().schema(), layout.name().table()), layout.columns().keySet().stream())
                .filter(name -> name.startsWith("\"") || name.endsWith("\""))
                .findFirst()
                .ifPresent(name -> {
                    throw new KeyFerryException("table " + layout.name() + ": Debezium cannot read the name " + name
                            + ", because it begins or ends with a double quote; rename it for the migration");
                });
    }

    /** An expression for the parts of a name with dots between them, without comma, space, colon or semicolon. */
    static String expression(String... parts) {
        StringBuilder expression = new StringBuilder("(?-i)");
        String name = String.join(".", parts);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 128 && Character.isLetterOrDigit(c) || c == '_') {
                expression.append(c);
            } else {
                expression.append(String.format("\\u%04x", (int) c));
            }
        }
        return expression.toString();
    }
}
