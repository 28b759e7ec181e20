package io.keyferry.model.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * What stands at one place of the file, or in the variable that takes its place; reading it as what it is not notes a
 * problem and gives nothing.
 */
final class Value {

    private static final Pattern INDEX = Pattern.compile("[0-9]{1,9}(?=_|$)");
    private static final Set<Tag> SCALARS = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL);

    /** Null where nothing stands here, and variables have something within. */
    private final Node node;

    private final String path;
    private final Optional<String> variable;
    /** Whether the node is a variable's whole text, which is YAML only where a list or a mapping is wanted. */
    private final boolean text;

    private final Reading reading;

    private Value(Node node, String path, Optional<String> variable, boolean text, Reading reading) {
        this.node = node;
        this.path = path;
        this.variable = variable;
        this.text = text;
        this.reading = reading;
    }

    /** The file as a whole. */
    static Value ofFile(Node root, Reading reading) {
        return new Value(root, "", Optional.empty(), false, reading);
    }

    /**
     * What stands at a path.
     *
     * @param written in the file, or null
     */
    static Optional<Value> at(String path, Value written, Reading reading) {
        Optional<String> override = reading.overrides().at(path);
        if (override.isPresent()) {
            return Optional.of(ofVariable(Overrides.variable(path), override.get(), path, reading));
        }
        return written == null && !reading.overrides().within(path).isEmpty()
                ? Optional.of(new Value(null, path, Optional.empty(), false, reading))
                : Optional.ofNullable(written);
    }

    private static Value ofVariable(String variable, String text, String path, Reading reading) {
        Node node = new ScalarNode(Tag.STR, text, ScalarStyle.DOUBLE_QUOTED);
        return new Value(node, path, Optional.of(variable), true, reading);
    }

    /** A part of this one, from the same file or variable. */
    Value part(Node part, String path) {
        return new Value(part, path, variable, false, reading);
    }

    String path() {
        return path;
    }

    /** Continues a sentence. */
    String inLine() {
        return line() > 0 ? ", in line " + line() : "";
    }

    private int line() {
        return node == null || variable.isPresent()
                ? 0
                : node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    /** A problem of this place or within it. */
    Problem problem(String path, String wrong, String expected) {
        return new Problem(path, line(), variable, wrong, expected);
    }

    /** Notes a problem of this place. */
    void wrong(String wrong, String expected) {
        reading.problems().add(problem(path, wrong, expected));
    }

    /** A text that is not blank. */
    Optional<String> text(String expected) {
        Optional<String> text = textOrEmpty(expected);
        text.filter(String::isBlank).ifPresent(blank -> wrong("is empty", expected));
        return text.filter(it -> !it.isBlank());
    }

    /** A text, which may be empty. */
    Optional<String> textOrEmpty(String expected) {
        if (node == null) {
            return Optional.empty();
        }
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.STR)) {
            boolean quotable = node instanceof ScalarNode other && SCALARS.contains(other.getTag());
            wrong("is " + kind(node), expected + (quotable ? ", as a text: write it in quotes" : ""));
            return Optional.empty();
        }
        return Optional.of(scalar.getValue());
    }

    /** A text, a number or true and false, as it is written. */
    Optional<String> scalar(String expected) {
        if (node == null) {
            return Optional.empty();
        }
        if (node instanceof ScalarNode scalar && SCALARS.contains(scalar.getTag())) {
            return Optional.of(scalar.getValue());
        }
        wrong("is " + kind(node), expected);
        return Optional.empty();
    }

    /** A whole number from the least to the greatest. */
    Optional<Long> wholeNumber(long least, long greatest) {
        if (node == null) {
            return Optional.empty();
        }
        String expected = "a whole number, at least " + least;
        String digits =
                node instanceof ScalarNode scalar && (text || scalar.getTag().equals(Tag.INT)) ? scalar.getValue() : "";
        if (!digits.matches("[-+]?[0-9]{1,18}")) {
            boolean number = node.getTag().equals(Tag.INT) || digits.matches("[-+]?[0-9]+");
            wrong(number ? "is out of range" : "is " + kind(node), expected);
            return Optional.empty();
        }
        long number = Long.parseLong(digits);
        if (number < least || number > greatest) {
            wrong("is " + number, number < least ? expected : expected + " and at most " + greatest);
            return Optional.empty();
        }
        return Optional.of(number);
    }

    /** True or false. */
    Optional<Boolean> truth() {
        if (node == null) {
            return Optional.empty();
        }
        String word =
                node instanceof ScalarNode scalar && (text || scalar.getTag().equals(Tag.BOOL))
                        ? scalar.getValue()
                        : "";
        if (!word.equals("true") && !word.equals("false")) {
            wrong("is " + kind(node), "true or false");
            return Optional.empty();
        }
        return Optional.of(word.equals("true"));
    }

    Optional<Section> section(String expected) {
        if (node == null) {
            return Optional.of(Section.of(this, List.of(), reading));
        }
        Node content = content();
        if (content instanceof MappingNode mapping) {
            return Optional.of(Section.of(this, mapping.getValue(), reading));
        }
        wrong("is " + kind(content), expected);
        reading.overrides().passOverWithin(path);
        return Optional.empty();
    }

    /** A list's elements, at least one; none where this is no such list. */
    List<Value> list(String expected) {
        List<Value> elements = listOrNone(expected);
        if (elements.isEmpty() && content() instanceof SequenceNode) {
            wrong("is an empty list", expected);
        }
        return elements;
    }

    /** A list's elements, of which there may be none. */
    List<Value> listOrNone(String expected) {
        Node content = content();
        if (content != null && !(content instanceof SequenceNode)) {
            // a variable's text that is no list stands for a list of it
            if (text && !isEmpty(content)) {
                return List.of(new Value(node, path + "[0]", variable, true, reading));
            }
            wrong("is " + kind(content), expected);
            reading.overrides().passOverWithin(path);
            return List.of();
        }
        List<Value> elements = new ArrayList<>();
        for (Node element : content instanceof SequenceNode sequence ? sequence.getValue() : List.<Node>of()) {
            String place = path + "[" + elements.size() + "]";
            elements.add(at(place, part(element, place), reading).orElseThrow());
        }
        refuseElementsBeyond(elements.size());
        return elements;
    }

    /** Which elements a list has is said in one place, so that nothing depends on which variables happen to be set. */
    private void refuseElementsBeyond(int size) {
        String whole = Overrides.variable(path);
        for (String rest : reading.overrides().within(path)) {
            Matcher index = INDEX.matcher(rest);
            if (index.lookingAt() && Long.parseLong(index.group()) >= size) {
                String variable = whole + "_" + rest;
                reading.overrides().passOver(variable);
                reading.problems()
                        .add(new Problem(
                                path + "[" + index.group() + "]",
                                0,
                                Optional.of(variable),
                                "is an element that is not there: there are " + size,
                                "the whole list, as YAML, in " + whole));
            }
        }
    }

    /** The node; of a variable's text, what it is as YAML. */
    private Node content() {
        if (!text) {
            return node;
        }
        try {
            return YamlDocument.compose(((ScalarNode) node).getValue()).orElse(node);
        } catch (YamlEngineException e) {
            // its message quotes the text: as a text it is not what is wanted either
            return node;
        }
    }

    private static boolean isEmpty(Node node) {
        return node instanceof ScalarNode scalar && scalar.getValue().isBlank();
    }

    private static String kind(Node node) {
        if (isEmpty(node)) {
            return "empty";
        }
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
