package io.keyferry.sandbox.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CiphertextLayoutTest {

    private static final EncryptionContext NO_CONTEXT = new EncryptionContext(Map.of());

    private final SecureRandom random = new SecureRandom();
    private final KeyMaterial material = KeyMaterial.generate(random);
    private final MaterialCipher cipher = new MaterialCipher(random);

    @Test
    void beginsAsAwsDoesAndNamesTheMaterial() {
        byte[] ciphertext = cipher.encrypt(material, new byte[32], NO_CONTEXT);

        String hex = HexFormat.of().formatHex(ciphertext);
        assertThat(hex).startsWith("0102020078" + material.mark() + "01");
        assertThat(CiphertextLayout.mark(ciphertext)).isEqualTo(material.mark());
    }

    @Test
    void isAsLongAsAws() {
        byte[] ciphertext = cipher.encrypt(material, new byte[32], NO_CONTEXT);

        assertThat(ciphertext).hasSize(184);
        // The lengths that AWS's ciphertext of 32 bytes is seen to have.
        assertThat(HexFormat.of().formatHex(ciphertext, 54, 184))
                .startsWith("0000007e307c06092a864886f70d010706a06f306d020100306806092a864886f70d010701"
                        + "301e060960864801650304012e3011040c")
                .contains("020110803b");
    }

    @Test
    void hasAnEndThatFitsEveryLength() {
        for (int length = 1; length <= 4096; length++) {
            byte[] ciphertext = cipher.encrypt(material, new byte[length], NO_CONTEXT);

            assertThat(cipher.decrypt(material, ciphertext, NO_CONTEXT)).hasSize(length);
        }
    }

    @Test
    void isNotMistakenInOtherBytes() {
        assertThat(CiphertextLayout.contentAt(new byte[0])).isNegative();
        assertThat(CiphertextLayout.contentAt(new byte[184])).isNegative();
        byte[] tooShort = new byte[60];
        System.arraycopy(HexFormat.of().parseHex("0102020078"), 0, tooShort, 0, 5);
        assertThat(CiphertextLayout.contentAt(tooShort)).isNegative();
    }
}
