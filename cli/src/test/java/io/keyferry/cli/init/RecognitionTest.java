package io.keyferry.cli.init;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Encoding;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RecognitionTest {

    private static final byte[] KMS = bytes(1, 2, 2, 0, 0x78);
    private static final byte[] SDK_1 = bytes(1, 0x80, 3, 0x78);
    private static final byte[] SDK_2 = bytes(2, 5, 0x78);

    private static byte[] bytes(int... head) {
        byte[] bytes = new byte[150];
        Arrays.fill(bytes, (byte) 0xfb);
        for (int i = 0; i < head.length; i++) {
            bytes[i] = (byte) head[i];
        }
        return bytes;
    }

    @Test
    void everyEncodingOfKmsCiphertextIsRecognised() {
        assertThat(Recognition.of("\\x" + HexFormat.of().formatHex(KMS), true))
                .contains(new Recognition.Found(Recognition.Kind.KMS, Encoding.RAW));
        assertThat(Recognition.of(HexFormat.of().formatHex(KMS), false))
                .contains(new Recognition.Found(Recognition.Kind.KMS, Encoding.HEX));
        assertThat(Recognition.of(Base64.getEncoder().encodeToString(KMS), false))
                .contains(new Recognition.Found(Recognition.Kind.KMS, Encoding.BASE64));
        assertThat(Recognition.of(Base64.getUrlEncoder().encodeToString(KMS), false))
                .contains(new Recognition.Found(Recognition.Kind.KMS, Encoding.BASE64URL));
    }

    @Test
    void messagesOfTheEncryptionSdkAreTheirOwnKind() {
        assertThat(Recognition.of(Base64.getEncoder().encodeToString(SDK_1), false))
                .contains(new Recognition.Found(Recognition.Kind.ENCRYPTION_SDK, Encoding.BASE64));
        assertThat(Recognition.of("\\x" + HexFormat.of().formatHex(SDK_2), true))
                .contains(new Recognition.Found(Recognition.Kind.ENCRYPTION_SDK, Encoding.RAW));
    }

    @Test
    void otherValuesAreNotTaken() {
        assertThat(Recognition.of("Ada Lovelace", false)).isEmpty();
        assertThat(Recognition.of("", false)).isEmpty();
        assertThat(Recognition.of("\\x00", true)).isEmpty();
        assertThat(Recognition.of(Base64.getEncoder().encodeToString(new byte[150]), false))
                .isEmpty();
    }
}
