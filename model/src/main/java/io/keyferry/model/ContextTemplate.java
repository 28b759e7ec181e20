package io.keyferry.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The encryption context of a column: names, each with a text in which {@code {column}} stands for PostgreSQL's text
 * output of that column of the row, and {@code {{} for a brace.
 */
public final class ContextTemplate {

    /** A column without encryption context. */
    public static final ContextTemplate NONE = new ContextTemplate(new LinkedHashMap<>(), Set.of());

    private final Map<String, List<Part>> entries;
    private final Set<String> columns;

    private ContextTemplate(Map<String, List<Part>> entries, Set<String> columns) {
        this.entries = entries;
        this.columns = columns;
    }

    private record Part(boolean column, String text) {}

    /**
     * Reads the entries as migration.yaml gives them, in their order.
     *
     * @throws IllegalArgumentException where a brace is not closed, stands alone or names nothing
     */
    public static ContextTemplate parse(Map<String, String> texts) {
        Map<String, List<Part>> entries = new LinkedHashMap<>();
        Set<String> columns = new LinkedHashSet<>();
        texts.forEach((name, text) -> {
            List<Part> parts = parts(text);
            entries.put(name, parts);
            parts.stream().filter(Part::column).map(Part::text).forEach(columns::add);
        });
        return new ContextTemplate(entries, Set.copyOf(columns));
    }

    private static List<Part> parts(String text) {
        List<Part> parts = new ArrayList<>();
        StringBuilder constant = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '{' && text.startsWith("{{", i) || c == '}' && text.startsWith("}}", i)) {
                constant.append(c);
                i++;
            } else if (c == '{') {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw new IllegalArgumentException("'" + text + "' has a { without }; write {{ for a brace");
                }
                if (end == i + 1) {
                    throw new IllegalArgumentException("'" + text + "' has {} without a column's name");
                }
                if (text.indexOf('{', i + 1) > 0 && text.indexOf('{', i + 1) < end) {
                    throw new IllegalArgumentException("'" + text + "' has a { within { and }");
                }
                if (!constant.isEmpty()) {
                    parts.add(new Part(false, constant.toString()));
                    constant.setLength(0);
                }
                parts.add(new Part(true, text.substring(i + 1, end)));
                i = end;
            } else if (c == '}') {
                throw new IllegalArgumentException("'" + text + "' has a } without {; write }} for a brace");
            } else {
                constant.append(c);
            }
        }
        if (!constant.isEmpty() || parts.isEmpty()) {
            parts.add(new Part(false, constant.toString()));
        }
        return List.copyOf(parts);
    }

    /** The columns of the row that the context is made from. */
    public Set<String> columns() {
        return columns;
    }

    /** The entries that are the same in every row. */
    public Map<String, String> constants() {
        Map<String, String> constants = new TreeMap<>();
        entries.forEach((name, parts) -> {
            if (parts.stream().noneMatch(Part::column)) {
                constants.put(name, parts.stream().map(Part::text).collect(Collectors.joining()));
            }
        });
        return constants;
    }

    /**
     * The context of one row.
     *
     * @param row PostgreSQL's text output of a column, by name; null for NULL
     * @throws NullContextException where a column of the context is NULL
     */
    public Map<String, String> render(UnaryOperator<String> row) {
        if (entries.isEmpty()) {
            return Map.of();
        }
        Map<String, String> context = new LinkedHashMap<>();
        entries.forEach((name, parts) -> context.put(name, render(parts, row)));
        return context;
    }

    /** The entries as migration.yaml could give them, in the order of their names. */
    @Override
    public String toString() {
        Map<String, String> texts = new TreeMap<>();
        entries.forEach((name, parts) -> texts.put(
                name,
                parts.stream()
                        .map(part -> part.column()
                                ? "{" + part.text() + "}"
                                : part.text().replace("{", "{{").replace("}", "}}"))
                        .collect(Collectors.joining())));
        return texts.toString();
    }

    private static String render(List<Part> parts, UnaryOperator<String> row) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            String value = part.column() ? row.apply(part.text()) : part.text();
            if (value == null) {
                throw new NullContextException(part.text());
            }
            text.append(value);
        }
        return text.toString();
    }

    /** A column that the encryption context is made from is NULL in this row. */
    public static final class NullContextException extends KeyFerryException {

        private NullContextException(String column) {
            super("column " + column + ", which the encryption context is made from, is NULL");
        }
    }
}
