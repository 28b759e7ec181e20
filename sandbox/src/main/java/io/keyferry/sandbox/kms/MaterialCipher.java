package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.CiphertextLayout.FRAME_LENGTH;
import static io.keyferry.sandbox.kms.CiphertextLayout.NONCE_LENGTH;
import static io.keyferry.sandbox.kms.CiphertextLayout.SALT_LENGTH;
import static io.keyferry.sandbox.kms.CiphertextLayout.TAG_LENGTH;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** AES-256-GCM over the header and the encryption context, so that no byte of a ciphertext can change unnoticed. */
final class MaterialCipher {

    private final SecureRandom random;
    private final ThreadLocal<Cipher> ciphers = ThreadLocal.withInitial(MaterialCipher::newCipher);

    MaterialCipher(SecureRandom random) {
        this.random = random;
    }

    byte[] encrypt(KeyMaterial material, byte[] plaintext, EncryptionContext context) {
        byte[] salt = new byte[SALT_LENGTH];
        byte[] nonce = new byte[NONCE_LENGTH];
        random.nextBytes(salt);
        random.nextBytes(nonce);
        int contentLength = FRAME_LENGTH + plaintext.length + TAG_LENGTH;
        byte[] header = CiphertextLayout.header(material.markBytes(), salt, nonce, contentLength);
        byte[] ciphertext = Arrays.copyOf(header, header.length + contentLength);
        try {
            Cipher cipher = ciphers.get();
            cipher.init(Cipher.ENCRYPT_MODE, material.aesKey(), new GCMParameterSpec(TAG_LENGTH * Byte.SIZE, nonce));
            cipher.updateAAD(header);
            cipher.updateAAD(context.bytes());
            int written = cipher.update(new byte[FRAME_LENGTH], 0, FRAME_LENGTH, ciphertext, header.length);
            cipher.doFinal(plaintext, 0, plaintext.length, ciphertext, header.length + written);
            return ciphertext;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM failed to encrypt", e);
        }
    }

    /** The plaintext; {@code InvalidCiphertextException} where ciphertext or context are not as they were. */
    byte[] decrypt(KeyMaterial material, byte[] ciphertext, EncryptionContext context) {
        int contentAt = CiphertextLayout.contentAt(ciphertext);
        int contentLength = ciphertext.length - contentAt;
        int nonceAt = CiphertextLayout.nonceAt(contentAt, contentLength);
        try {
            Cipher cipher = ciphers.get();
            GCMParameterSpec nonce = new GCMParameterSpec(TAG_LENGTH * Byte.SIZE, ciphertext, nonceAt, NONCE_LENGTH);
            cipher.init(Cipher.DECRYPT_MODE, material.aesKey(), nonce);
            cipher.updateAAD(ciphertext, 0, contentAt);
            cipher.updateAAD(context.bytes());
            byte[] framed = cipher.doFinal(ciphertext, contentAt, contentLength);
            return Arrays.copyOfRange(framed, FRAME_LENGTH, framed.length);
        } catch (AEADBadTagException e) {
            throw AwsException.invalidCiphertext();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM failed to decrypt", e);
        }
    }

    private static Cipher newCipher() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES-GCM", e);
        }
    }
}
