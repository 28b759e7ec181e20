package io.keyferry.sandbox.kms;

import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * One generation of a key's material.
 *
 * @param id AWS's key material id, 64 hexadecimal digits
 * @param mark the 32 bytes that ciphertext carries to name its material, in hexadecimal digits; not the id, so that
 *     nobody comes to rely on the two being one
 * @param secret 32 bytes
 */
record KeyMaterial(String id, String mark, byte[] secret) {

    static final int MARK_LENGTH = 32;

    static KeyMaterial generate(SecureRandom random) {
        return new KeyMaterial(
                HexFormat.of().formatHex(bytes(random, 32)),
                HexFormat.of().formatHex(bytes(random, MARK_LENGTH)),
                bytes(random, 32));
    }

    private static byte[] bytes(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    SecretKey aesKey() {
        return new SecretKeySpec(secret, "AES");
    }

    byte[] markBytes() {
        return HexFormat.of().parseHex(mark);
    }

    @Override
    public String toString() {
        return "KeyMaterial[" + id + "]";
    }
}
