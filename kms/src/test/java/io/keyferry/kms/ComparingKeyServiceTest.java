package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComparingKeyServiceTest {

    private static final byte[] AFTER = {7};

    /** Its plaintexts are the test's to look at, and arrive when the test says so. */
    private static final class Plaintexts implements KeyService {

        private final List<CompletableFuture<byte[]>> decrypted = new ArrayList<>();

        @Override
        public CompletableFuture<byte[]> reEncrypt(
                byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
            return CompletableFuture.completedFuture(AFTER);
        }

        @Override
        public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
            decrypted.add(new CompletableFuture<>());
            return decrypted.get(decrypted.size() - 1);
        }

        @Override
        public CompletableFuture<KeyDescription> describe(String key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    private final Plaintexts kms = new Plaintexts();
    private final CompletableFuture<byte[]> result =
            new ComparingKeyService(kms).reEncrypt(new byte[] {1}, "source", "target", Map.of());

    @ParameterizedTest
    @ValueSource(bytes = {3, 4})
    void noPlaintextOutlivesTheComparisonWhateverItSays(byte last) {
        byte[] one = {1, 2, 3};
        byte[] other = {1, 2, last};

        kms.decrypted.get(1).complete(other);
        assertThat(result).isNotDone();
        kms.decrypted.get(0).complete(one);

        assertThat(result.isCompletedExceptionally()).isEqualTo(last != 3);
        assertThat(one).containsOnly(0);
        assertThat(other).containsOnly(0);
    }

    @Test
    void aPlaintextThatComesAfterTheOtherOneFailedIsOverwrittenToo() {
        byte[] late = {1, 2, 3};

        kms.decrypted.get(0).completeExceptionally(new KeyException("disabled", null));
        assertThat(result).isNotDone();
        kms.decrypted.get(1).complete(late);

        assertThat(result).isCompletedExceptionally();
        assertThat(late).containsOnly(0);
    }
}
