package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.cli.terminal.Interruption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkCommandTest {

    private final StringWriter err = new StringWriter();

    private int benchmark(String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "benchmark";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return Main.commandLine(new Interruption())
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void refusesAnUnknownNameAndTellsTheKnownOnes() {
        int code = benchmark("limit", "speed");

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("no benchmark 'speed'").contains("blog-script", "limit", "cost");
    }

    @Test
    void refusesTwoFormatsForOneOutput() {
        assertThat(benchmark("--json", "--markdown")).isEqualTo(2);
        assertThat(err.toString()).contains("--json and --markdown");
    }

    @Test
    void refusesAPlotThatWouldHaveNoFigures(@TempDir Path folder) {
        assertThat(benchmark("limit", "--plot", folder.resolve("plot.svg").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--plot", "blog-script");
    }

    @Test
    void refusesAPlotThatCouldNotBeWrittenBeforeItMeasures(@TempDir Path folder) {
        Path missing = folder.resolve("missing");

        assertThat(benchmark(
                        "blog-script", "--plot", missing.resolve("plot.svg").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("no folder " + missing);
    }
}
