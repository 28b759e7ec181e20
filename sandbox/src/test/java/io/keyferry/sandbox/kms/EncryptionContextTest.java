package io.keyferry.sandbox.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EncryptionContextTest {

    @Test
    void givesDifferentBytesForDifferentContexts() {
        List<Map<String, String>> contexts = List.of(
                Map.of(),
                Map.of("", ""),
                Map.of("a", "bc"),
                Map.of("ab", "c"),
                Map.of("abc", ""),
                Map.of("a", "b", "c", ""),
                Map.of("a", "", "b", "c"),
                Map.of("a", "b", "", "c"));

        assertThat(contexts.stream()
                        .map(context -> List.of(boxed(new EncryptionContext(context).bytes())))
                        .distinct())
                .hasSameSizeAs(contexts);
    }

    @Test
    void givesTheSameBytesInAnyOrder() {
        Map<String, String> backwards = new LinkedHashMap<>();
        backwards.put("b", "2");
        backwards.put("a", "1");
        Map<String, String> forwards = new LinkedHashMap<>();
        forwards.put("a", "1");
        forwards.put("b", "2");

        assertThat(new EncryptionContext(backwards).bytes()).isEqualTo(new EncryptionContext(forwards).bytes());
    }

    private static String boxed(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
