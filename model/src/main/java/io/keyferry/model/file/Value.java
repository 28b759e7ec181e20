package io.keyferry.model.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** What stands at one place of the file; reading it as what it is not notes a problem and gives nothing. */
final class Value {

    private static final Set<Tag> SCALARS = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL);

    private final Node node;
    private final String path;
    private final Problems problems;

    Value(Node node, String path, Problems problems) {
        this.node = node;
        this.path = path;
        this.problems = problems;
    }

    String path() {
        return path;
    }

    int line() {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    /** Notes a problem of this place. */
    void wrong(String wrong, String expected) {
        problems.add(path, line(), wrong, expected);
    }

    /** A text that is not blank. */
    Optional<String> text(String expected) {
        Optional<String> text = textOrEmpty(expected);
        text.filter(String::isBlank).ifPresent(blank -> wrong("is empty", expected));
        return text.filter(it -> !it.isBlank());
    }

    /** A text, which may be empty. */
    Optional<String> textOrEmpty(String expected) {
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.STR)) {
            boolean quotable = node instanceof ScalarNode other && SCALARS.contains(other.getTag());
            wrong("is " + kind(), expected + (quotable ? ", as a text: write it in quotes" : ""));
            return Optional.empty();
        }
        return Optional.of(scalar.getValue());
    }

    /** A text, a number or true and false, as it is written. */
    Optional<String> scalar(String expected) {
        if (node instanceof ScalarNode scalar && SCALARS.contains(scalar.getTag())) {
            return Optional.of(scalar.getValue());
        }
        wrong("is " + kind(), expected);
        return Optional.empty();
    }

    /** A whole number from the least to the greatest. */
    Optional<Long> wholeNumber(long least, long greatest) {
        String expected = "a whole number, at least " + least;
        if (!(node instanceof ScalarNode scalar)
                || !scalar.getTag().equals(Tag.INT)
                || !scalar.getValue().matches("[-+]?[0-9]{1,18}")) {
            wrong(
                    node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT)
                            ? "is out of range"
                            : "is " + kind(),
                    expected);
            return Optional.empty();
        }
        long number = Long.parseLong(scalar.getValue());
        if (number < least || number > greatest) {
            wrong("is " + number, number < least ? expected : expected + " and at most " + greatest);
            return Optional.empty();
        }
        return Optional.of(number);
    }

    Optional<Section> section(String expected) {
        if (node instanceof MappingNode mapping) {
            return Optional.of(Section.of(this, mapping, problems));
        }
        wrong("is " + kind(), expected);
        return Optional.empty();
    }

    /** A list's elements, at least one; none where this is no such list. */
    List<Value> list(String expected) {
        if (!(node instanceof SequenceNode sequence)) {
            wrong("is " + kind(), expected);
            return List.of();
        }
        List<Value> elements = new ArrayList<>();
        for (Node element : sequence.getValue()) {
            elements.add(new Value(element, path + "[" + elements.size() + "]", problems));
        }
        if (elements.isEmpty()) {
            wrong("is an empty list", expected);
        }
        return elements;
    }

    private String kind() {
        if (node instanceof MappingNode) {
            return "a mapping";
        }
        if (node instanceof SequenceNode) {
            return "a list";
        }
        Tag tag = node.getTag();
        if (tag.equals(Tag.NULL)) {
            return "empty";
        }
        if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
            return "a number";
        }
        if (tag.equals(Tag.BOOL)) {
            return "true or false";
        }
        return tag.equals(Tag.STR) ? "a text" : "of type " + tag.getValue();
    }
}
