package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EncodingTest {

    private static final byte[] BYTES = {(byte) 0xfb, (byte) 0xef, (byte) 0xbe, 1};

    @ParameterizedTest
    @CsvSource({"RAW,\\xfbefbe01", "BASE64,++++AQ==", "BASE64URL,----AQ==", "HEX,fbefbe01"})
    void decodesWhatItEncodes(Encoding encoding, String stored) {
        assertThat(encoding.encode(BYTES, stored)).isEqualTo(stored);
        assertThat(encoding.decode(stored)).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void decodesWhatItEncodesAtEveryLength(Encoding encoding) {
        Random random = new Random(7);
        String like = encoding == Encoding.RAW ? "\\x" : "";
        for (int length = 1; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);

            assertThat(encoding.decode(encoding.encode(bytes, like))).isEqualTo(bytes);
        }
    }

    @Test
    void goesOnWithoutPaddingWhereTheOldValueHasNone() {
        assertThat(Encoding.BASE64.encode(BYTES, "AAAAAA")).isEqualTo("++++AQ");
        assertThat(Encoding.BASE64URL.encode(BYTES, "AAAAAA")).isEqualTo("----AQ");
    }

    @Test
    void readsBase64WithLineBreaksAndWritesItWithout() {
        String old = "+++\r\n+AQ=\n=\n";

        assertThat(Encoding.BASE64.decode(old)).isEqualTo(BYTES);
        assertThat(Encoding.BASE64.encode(BYTES, old)).isEqualTo("++++AQ==");
    }

    @Test
    void keepsTheCaseOfHexadecimalDigits() {
        assertThat(Encoding.HEX.encode(BYTES, "AB12")).isEqualTo("FBEFBE01");
        assertThat(Encoding.HEX.encode(BYTES, "ab12")).isEqualTo("fbefbe01");
        assertThat(Encoding.HEX.decode("FBEFBE01")).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @CsvSource({"RAW,fbef", "RAW,\\xfbe", "RAW,\\xzz", "BASE64,----", "BASE64,a", "BASE64URL,++++", "HEX,abc", "HEX,xy"
    })
    void refusesWhatIsNotOfIt(Encoding encoding, String stored) {
        assertThatThrownBy(() -> encoding.decode(stored)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void hasAWordForTheFile() {
        assertThat(Encoding.values()).extracting(Encoding::word).containsExactly("raw", "base64", "base64url", "hex");
    }
}
