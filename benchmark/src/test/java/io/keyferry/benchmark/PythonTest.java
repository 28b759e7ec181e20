package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonTest {

    @Test
    void tellsWhatAScriptComplainsOf(@TempDir Path folder) throws Exception {
        Optional<Python> python = Python.find();
        assumeTrue(python.isPresent(), "no Python with boto3 and psycopg2");

        assertThatThrownBy(() -> python.get().run("blog-serial.py", folder, Map.of()))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("blog-serial.py ended with exit code 1")
                .hasMessageContaining("Traceback");
    }
}
