package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.model.Migration;
import io.keyferry.model.Migration.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginSourceTest {

    @TempDir
    Path folder;

    @Test
    void readsThePasswordFromTheEnvironment() {
        LoginSource source = new EnvironmentLogin("app", "APP_PASSWORD", Map.of("APP_PASSWORD", " s3cret\n")::get);

        assertThat(source.read()).isEqualTo(new DatabaseLogin("app", " s3cret\n"));
    }

    @Test
    void namesAVariableThatIsNotSet() {
        LoginSource unset = LoginSource.of(database(new Credentials.PasswordEnv("app", "KEYFERRY_NO_SUCH_VARIABLE")));
        LoginSource empty = new EnvironmentLogin("app", "APP_PASSWORD", name -> "");

        assertThatThrownBy(unset::read)
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("KEYFERRY_NO_SUCH_VARIABLE is not set")
                .hasMessageContaining("app");
        assertThatThrownBy(empty::read).hasMessageContaining("APP_PASSWORD is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {" s3cret", " s3cret\n", " s3cret\r\n"})
    void readsThePasswordFromAFileWithoutItsLineBreak(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("password"), text);

        assertThat(LoginSource.of(database(new Credentials.PasswordFile("app", file)))
                        .read())
                .isEqualTo(new DatabaseLogin("app", " s3cret"));
    }

    @Test
    void readsAFileAgainEachTime() throws IOException {
        Path file = Files.writeString(folder.resolve("password"), "old");
        LoginSource source = new FileLogin("app", file);
        source.read();

        Files.writeString(file, "new");

        assertThat(source.read().password()).isEqualTo("new");
    }

    @Test
    void namesAFileThatHoldsNoPassword() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty"), "\n");
        Path missing = folder.resolve("missing");

        assertThatThrownBy(() -> new FileLogin("app", empty).read())
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(empty + " is empty");
        assertThatThrownBy(() -> new FileLogin("app", missing).read())
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("there is no file " + missing);
        assertThatThrownBy(() -> new FileLogin("app", folder).read())
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(folder + " cannot be read");
    }

    @Test
    void aLoginKeepsItsPasswordToItself() {
        assertThat(new DatabaseLogin("app", "s3cret").toString())
                .contains("app")
                .doesNotContain("s3cret");
    }

    private static Migration.Database database(Credentials credentials) {
        return new Migration.Database("jdbc:postgresql://db.internal:5432/app", credentials);
    }
}
