package io.keyferry.model.file;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Checks that several sections share. */
final class Checked {

    static final Pattern REGION = Pattern.compile("[a-z]{2,8}(-[a-z]+)+-[0-9]+");
    static final String REGION_EXPECTED = "an AWS Region such as us-west-2";

    private Checked() {}

    /** A text that matches as a whole; its problem does not repeat it. */
    static Optional<String> text(Value value, Pattern pattern, String expected) {
        return value.text(expected).filter(text -> {
            boolean matches = pattern.matcher(text).matches();
            if (!matches) {
                value.wrong("does not fit", expected);
            }
            return matches;
        });
    }

    static Optional<String> region(Value value) {
        return text(value, REGION, REGION_EXPECTED);
    }

    /** A path, relative to the folder of the file that is read. */
    static Optional<Path> file(Value value, Path folder, String expected) {
        return value.text(expected).flatMap(text -> {
            try {
                return Optional.of(folder.resolve(text));
            } catch (InvalidPathException e) {
                value.wrong("is no path: " + e.getReason(), expected);
                return Optional.empty();
            }
        });
    }

    /** A list's elements as they are read, each once. */
    static <T> List<T> distinct(Value list, String expected, Function<Value, Optional<T>> element) {
        Map<T, Value> seen = new HashMap<>();
        List<T> all = new ArrayList<>();
        for (Value value : list.list(expected)) {
            element.apply(value).ifPresent(read -> {
                Value first = seen.putIfAbsent(read, value);
                if (first == null) {
                    all.add(read);
                } else {
                    value.wrong("is the same as " + first.path(), "it once");
                }
            });
        }
        return all;
    }
}
