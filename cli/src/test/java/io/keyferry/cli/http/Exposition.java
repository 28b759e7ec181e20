package io.keyferry.cli.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prometheus' text format, version 0.0.4, read strictly: the kind of every family is told once, before its samples, which
 * stand together; names, labels and numbers are well-formed; no series is told twice; buckets add up.
 */
public final class Exposition {

    private static final Pattern HELP =
            Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\\]|\\\\\\\\|\\\\n)*");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? ([-+0-9.eE]+|NaN|[-+]Inf)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\\\\\|\\\\\"|\\\\n)*)\"(?:,|$)");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> helps = new HashMap<>();
    private final List<Sample> samples = new ArrayList<>();

    /** One line. */
    public record Sample(String family, String name, Map<String, String> labels, double value) {}

    private Exposition() {}

    /** Reads it, or fails. */
    public static Exposition parse(String text) {
        Exposition exposition = new Exposition();
        assertThat(text).endsWith("\n");
        Set<String> closed = new HashSet<>();
        Set<String> series = new HashSet<>();
        String family = "";
        for (String line : text.split("\n")) {
            if (line.startsWith("# HELP ")) {
                String name = matched(HELP, line).group(1);
                closed.add(family);
                family = name;
                assertThat(closed).as(line).doesNotContain(name);
                assertThat(exposition.helps.put(
                                name,
                                line.substring(("# HELP " + name).length()).strip()))
                        .as(line)
                        .isNull();
            } else if (line.startsWith("# TYPE ")) {
                Matcher type = matched(TYPE, line);
                if (!type.group(1).equals(family)) {
                    // one that nothing is said of
                    closed.add(family);
                    family = type.group(1);
                }
                assertThat(closed).as(line).doesNotContain(family);
                assertThat(exposition.types.put(family, type.group(2))).as(line).isNull();
            } else {
                Sample sample = sample(family, matched(SAMPLE, line));
                assertThat(exposition.types).as(line).containsKey(family);
                assertThat(isOf(family, exposition.types.get(family), sample.name()))
                        .as(line + " in " + family)
                        .isTrue();
                assertThat(series.add(sample.name() + sample.labels()))
                        .as("twice: " + line)
                        .isTrue();
                exposition.samples.add(sample);
            }
        }
        exposition.checkCounters();
        exposition.checkBuckets();
        return exposition;
    }

    private static Matcher matched(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        assertThat(matcher.matches()).as("'" + line + "' is well-formed").isTrue();
        return matcher;
    }

    private static Sample sample(String family, Matcher line) {
        Map<String, String> labels = new TreeMap<>();
        String text = line.group(2) == null ? "" : line.group(2);
        Matcher label = LABEL.matcher(text);
        int read = 0;
        while (label.find() && label.start() == read) {
            assertThat(labels.put(label.group(1), label.group(2)))
                    .as(line.group())
                    .isNull();
            read = label.end();
        }
        assertThat(read).as(line.group()).isEqualTo(text.length());
        String number = line.group(3).replace("Inf", "Infinity");
        return new Sample(family, line.group(1), labels, Double.parseDouble(number));
    }

    private static boolean isOf(String family, String type, String name) {
        return switch (type) {
            case "histogram" -> Set.of("_bucket", "_count", "_sum").contains(name.substring(family.length()));
            case "summary" -> Set.of("", "_count", "_sum").contains(name.substring(family.length()));
            default -> name.equals(family);
        };
    }

    private void checkCounters() {
        types.forEach((family, type) ->
                assertThat(type.equals("counter")).as(family + " is a " + type).isEqualTo(family.endsWith("_total")));
        samples.stream()
                .filter(sample -> types.get(sample.family()).equals("counter"))
                .forEach(sample ->
                        assertThat(sample.value()).as(sample.toString()).isGreaterThanOrEqualTo(0));
    }

    private void checkBuckets() {
        Map<String, Double> last = new HashMap<>();
        for (Sample sample : samples) {
            if (types.get(sample.family()).equals("histogram")) {
                Map<String, String> labels = new TreeMap<>(sample.labels());
                String le = labels.remove("le");
                String key = sample.family() + labels;
                if (le != null) {
                    assertThat(sample.value())
                            .as(sample.toString())
                            .isGreaterThanOrEqualTo(last.getOrDefault(key, 0.0));
                    last.put(key, sample.value());
                } else if (sample.name().endsWith("_count")) {
                    assertThat(sample.value()).as(sample.toString()).isEqualTo(last.get(key));
                }
            }
        }
    }

    /** Every family, by name, with its kind. */
    public Map<String, String> types() {
        return types;
    }

    /** What is said of a family. */
    public String help(String family) {
        return helps.get(family);
    }

    /** The samples of one name whose labels are these, among others. */
    public List<Sample> samples(String name, Map<String, String> labels) {
        return samples.stream()
                .filter(sample -> sample.name().equals(name))
                .filter(sample -> sample.labels().entrySet().containsAll(labels.entrySet()))
                .toList();
    }

    /** The sum of those, or NaN where there is none. */
    public double sum(String name, Map<String, String> labels) {
        List<Sample> found = samples(name, labels);
        return found.isEmpty()
                ? Double.NaN
                : found.stream().mapToDouble(Sample::value).sum();
    }

    /** The sum of all samples of one name. */
    public double sum(String name) {
        return sum(name, Map.of());
    }
}
