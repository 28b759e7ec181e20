package io.keyferry.model.file;

import io.keyferry.model.NearestName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** A mapping of the file. A key that nobody has asked for by the time of {@link #noOtherKeys} is unknown. */
final class Section {

    private final Value place;
    private final Map<String, Value> values;
    private final Map<String, Value> keys;
    private final Problems problems;
    private final Set<String> asked = new TreeSet<>();

    private Section(Value place, Map<String, Value> values, Map<String, Value> keys, Problems problems) {
        this.place = place;
        this.values = values;
        this.keys = keys;
        this.problems = problems;
    }

    static Section of(Value place, MappingNode mapping, Problems problems) {
        Map<String, Value> values = new LinkedHashMap<>();
        Map<String, Value> keys = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                new Value(tuple.getKeyNode(), place.path(), problems).wrong("has a list or mapping as a key", "a word");
                continue;
            }
            String path = place.path().isEmpty() ? key.getValue() : place.path() + "." + key.getValue();
            Value keyValue = new Value(key, path, problems);
            Value first = keys.putIfAbsent(key.getValue(), keyValue);
            if (first == null) {
                values.put(key.getValue(), new Value(tuple.getValueNode(), path, problems));
            } else {
                keyValue.wrong("is there already, in line " + first.line(), "it once");
            }
        }
        return new Section(place, values, keys, problems);
    }

    Optional<Value> optional(String key) {
        asked.add(key);
        return Optional.ofNullable(values.get(key));
    }

    /** The key's value; a problem where it is missing. */
    Optional<Value> required(String key, String expected) {
        Optional<Value> value = optional(key);
        if (value.isEmpty()) {
            problems.add(pathOf(key), place.line(), "is missing", expected);
        }
        return value;
    }

    boolean has(String key) {
        return optional(key).isPresent();
    }

    /** Notes a problem of the section as a whole. */
    void wrong(String wrong, String expected) {
        place.wrong(wrong, expected);
    }

    /** All of it, for a section whose keys are the user's own. */
    Map<String, Value> entries() {
        return Collections.unmodifiableMap(values);
    }

    /** Notes every key that was not asked for. */
    void noOtherKeys() {
        keys.forEach((key, where) -> {
            if (!asked.contains(key)) {
                String meant = NearestName.of(key, asked)
                        .map(name -> " (did you mean " + name + "?)")
                        .orElse("");
                where.wrong("is no key that KeyFerry knows here" + meant, "one of " + String.join(", ", asked));
            }
        });
    }

    private String pathOf(String key) {
        return place.path().isEmpty() ? key : place.path() + "." + key;
    }
}
