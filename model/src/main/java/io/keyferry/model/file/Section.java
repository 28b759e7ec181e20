package io.keyferry.model.file;

import io.keyferry.model.NearestName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A mapping of the file, with the variables that take the place of parts of it. A key that nobody has asked for by the
 * time of {@link #noOtherKeys} is unknown.
 */
final class Section {

    private final Value place;
    private final Map<String, Value> values;
    private final Map<String, Value> keys;
    private final Reading reading;
    private final Set<String> asked = new TreeSet<>();

    private Section(Value place, Map<String, Value> values, Map<String, Value> keys, Reading reading) {
        this.place = place;
        this.values = values;
        this.keys = keys;
        this.reading = reading;
    }

    static Section of(Value place, List<NodeTuple> mapping, Reading reading) {
        Map<String, Value> values = new LinkedHashMap<>();
        Map<String, Value> keys = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                place.part(tuple.getKeyNode(), place.path()).wrong("has a list or mapping as a key", "a word");
                continue;
            }
            String path = place.path().isEmpty() ? key.getValue() : place.path() + "." + key.getValue();
            Value keyValue = place.part(key, path);
            Value first = keys.putIfAbsent(key.getValue(), keyValue);
            if (first == null) {
                values.put(key.getValue(), place.part(tuple.getValueNode(), path));
            } else {
                keyValue.wrong("is there already" + first.inLine(), "it once");
            }
        }
        return new Section(place, values, keys, reading);
    }

    Optional<Value> optional(String key) {
        asked.add(key);
        return Value.at(pathOf(key), values.get(key), reading);
    }

    /** The key's value; a problem where it is missing. */
    Optional<Value> required(String key, String expected) {
        Optional<Value> value = optional(key);
        if (value.isEmpty()) {
            reading.problems().add(place.problem(pathOf(key), "is missing", expected));
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

    /**
     * The same where the user's keys are properties such as {@code security.protocol}, of which each has a variable; they
     * may hold passwords.
     */
    Map<String, Value> properties() {
        reading.overrides().hide(place.path());
        Map<String, Value> properties = new LinkedHashMap<>(values);
        reading.overrides()
                .within(place.path())
                .forEach(rest ->
                        properties.putIfAbsent(rest.toLowerCase(Locale.ROOT).replace('_', '.'), null));
        properties.replaceAll((name, written) -> Value.at(pathOf(name), written, reading)
                .orElseThrow(() -> new IllegalStateException("no value of " + name)));
        return properties;
    }

    /** This variable is meant for something else than a setting, whatever its name. */
    void passOver(String variable) {
        reading.overrides().passOver(variable);
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
