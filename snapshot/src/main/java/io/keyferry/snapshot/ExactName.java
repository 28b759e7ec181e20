package io.keyferry.snapshot;

/**
 * Names as regular expressions that match that one name: Debezium's lists hold case-insensitive expressions, separated
 * by commas.
 */
final class ExactName {

    private ExactName() {}

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
