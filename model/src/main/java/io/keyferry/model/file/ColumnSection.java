package io.keyferry.model.file;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.NearestName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads one encrypted column of a table. */
final class ColumnSection {

    private static final String NAME = "the column's name as in the catalog";
    private static final List<String> ENCODINGS =
            Stream.of(Encoding.values()).map(Encoding::word).toList();
    private static final String ENCODING = "one of " + String.join(", ", ENCODINGS);
    private static final String CONTEXT = "a mapping of the encryption context's names to texts";
    private static final String TEXT = "a text, in which {column} stands for the row's value and {{ for a brace";

    private ColumnSection() {}

    static Optional<Migration.Column> read(Section column, Map<String, Value> seen) {
        Optional<String> name = column.required("column", NAME).flatMap(value -> name(value, seen));
        Optional<Encoding> encoding = column.required("encoding", ENCODING).flatMap(ColumnSection::encoding);
        ContextTemplate context = column.optional("context")
                .flatMap(value -> value.section(CONTEXT))
                .map(ColumnSection::context)
                .orElse(ContextTemplate.NONE);
        column.noOtherKeys();
        return name.flatMap(it -> encoding.map(word -> new Migration.Column(it, word, context)));
    }

    private static Optional<String> name(Value value, Map<String, Value> seen) {
        Optional<String> name = value.text(NAME);
        name.map(it -> seen.putIfAbsent(it, value))
                .ifPresent(first -> value.wrong("is the same as " + first.path(), "each column once"));
        return name;
    }

    private static Optional<Encoding> encoding(Value value) {
        return value.text(ENCODING).flatMap(text -> {
            int index = ENCODINGS.indexOf(text);
            if (index < 0) {
                String meant = NearestName.of(text, ENCODINGS)
                        .map(word -> " (did you mean " + word + "?)")
                        .orElse("");
                value.wrong("'" + text + "' is no encoding" + meant, ENCODING);
                return Optional.empty();
            }
            return Optional.of(Encoding.values()[index]);
        });
    }

    private static ContextTemplate context(Section section) {
        Map<String, String> texts = new LinkedHashMap<>();
        section.entries()
                .forEach((name, value) -> value.textOrEmpty(TEXT).ifPresent(text -> {
                    try {
                        // One by one, so that each problem has its place.
                        ContextTemplate.parse(Map.of(name, text));
                        texts.put(name, text);
                    } catch (IllegalArgumentException e) {
                        value.wrong(e.getMessage(), TEXT);
                    }
                }));
        return texts.isEmpty() ? ContextTemplate.NONE : ContextTemplate.parse(texts);
    }
}
