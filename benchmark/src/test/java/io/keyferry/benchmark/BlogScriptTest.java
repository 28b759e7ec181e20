package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BlogScriptTest {

    private static Map<String, Result> results(double serial, double threaded, double keyferry, double ceiling) {
        return BlogScript.results(serial, 600, threaded, 15_000, keyferry, 100_000, ceiling).stream()
                .collect(Collectors.toMap(Result::name, Function.identity()));
    }

    private static double goal(Result result) {
        return result.goal().orElseThrow().bound();
    }

    @Test
    void wantsTheHarderOfBothMultiplesWhereTheMachineCanDoThat() {
        Map<String, Result> results = results(40, 505, 5_051, 20_000);

        Result keyferry = results.get("blog-script/keyferry");
        assertThat(goal(keyferry)).isEqualTo(5_050);
        assertThat(keyferry.met()).contains(true);
        assertThat(keyferry.note()).contains("100000 rows").doesNotContain("ceiling");
        assertThat(goal(results.get("blog-script/to-serial"))).isEqualTo(100);
        assertThat(goal(results.get("blog-script/to-threaded"))).isEqualTo(10);
    }

    @Test
    void wantsEightyPercentOfTheCeilingWhereThatIsLess() {
        Map<String, Result> results = results(40, 505, 3_359, 4_200);

        Result keyferry = results.get("blog-script/keyferry");
        assertThat(goal(keyferry)).isEqualTo(3_360, within(0.001));
        assertThat(keyferry.met()).contains(false);
        assertThat(keyferry.note()).contains("80% of the ceiling");
        assertThat(goal(results.get("blog-script/to-serial"))).isEqualTo(84, within(0.001));
        assertThat(results.get("blog-script/to-threaded").note()).contains("80% of the ceiling");
    }

    @Test
    void comparesWithEachOfTheScripts() {
        Map<String, Result> results = results(40, 500, 3_000, 4_200);

        assertThat(results.get("blog-script/to-serial").value()).contains(75.0);
        assertThat(results.get("blog-script/to-threaded").value()).contains(6.0);
    }
}
