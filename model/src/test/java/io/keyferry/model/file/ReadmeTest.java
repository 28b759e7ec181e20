package io.keyferry.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README.md shows as migration.yaml is one. */
class ReadmeTest {

    private static final Path README = Path.of("..", "README.md");
    private static final Pattern YAML_BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern HERE_DOCUMENT = Pattern.compile("<<YAML\n(.*?)\nYAML\n", Pattern.DOTALL);
    private static final Map<String, String> SANDBOX = Map.of(
            "$SANDBOX_DATABASE_URL", "jdbc:postgresql://127.0.0.1:5432/postgres",
            "$SANDBOX_SECRET_ARN", Documents.SECRET,
            "$AWS_REGION", "us-west-2",
            "$SANDBOX_SOURCE_KEY", Documents.SOURCE,
            "$SANDBOX_TARGET_KEY", Documents.TARGET,
            "$SANDBOX_REPLICA_REGION", "us-east-1",
            "$KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092");

    @Test
    void theExampleIsRead() throws IOException {
        Migration migration = MigrationFile.parse(only(YAML_BLOCK), Path.of("."));

        assertThat(migration.name()).isEqualTo("customers-to-mrk");
        assertThat(migration.kafka()).isPresent();
        assertThat(migration.tables().get(0).columns())
                .extracting(Migration.Column::encoding)
                .containsExactly(Encoding.BASE64, Encoding.RAW);
        assertThat(migration.maxDeadLetters()).isEqualTo(Migration.DEFAULT_MAX_DEAD_LETTERS);
    }

    @Test
    void theFileOfTheQuickStartIsRead() throws IOException {
        String yaml = only(HERE_DOCUMENT);
        for (Map.Entry<String, String> variable : SANDBOX.entrySet()) {
            yaml = yaml.replace(variable.getKey(), variable.getValue());
        }

        Migration migration = MigrationFile.parse(yaml, Path.of("."));

        assertThat(yaml).doesNotContain("$");
        assertThat(migration.keys().replicas()).containsExactly("us-east-1");
        assertThat(migration.tables().get(0).contextColumns()).containsExactly("id");
    }

    private static String only(Pattern block) throws IOException {
        Matcher matcher = block.matcher(Files.readString(README));
        assertThat(matcher.find()).as("README.md has such a block").isTrue();
        String found = matcher.group(1);
        assertThat(matcher.find()).as("README.md has one such block").isFalse();
        return found;
    }
}
