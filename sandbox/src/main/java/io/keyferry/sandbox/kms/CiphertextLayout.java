package io.keyferry.sandbox.kms;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * How ciphertext is laid out, as AWS's is seen to be: {@code 01 02 02 00 78}, the key material's mark, {@code 01} and
 * 16 random bytes, a length, and a CMS EncryptedData that holds nonce and content.
 */
final class CiphertextLayout {

    static final int NONCE_LENGTH = 12;
    static final int SALT_LENGTH = 16;

    /** AWS encrypts 11 bytes more than the plaintext. */
    static final int FRAME_LENGTH = 11;

    static final int TAG_LENGTH = 16;

    private static final byte[] START = hex("0102020078");
    private static final int CMS_AT = START.length + KeyMaterial.MARK_LENGTH + 1 + SALT_LENGTH + Integer.BYTES;
    private static final byte[] ENCRYPTED_DATA = hex("06092a864886f70d010706");
    private static final byte[] VERSION = hex("020100");
    private static final byte[] DATA = hex("06092a864886f70d010701");
    private static final byte[] AES_256_GCM = hex("301e060960864801650304012e3011040c");
    private static final byte[] TAG_SIZE = hex("020110");

    private CiphertextLayout() {}

    /** Everything ahead of the content. */
    static byte[] header(byte[] mark, byte[] salt, byte[] nonce, int contentLength) {
        Sizes sizes = Sizes.of(contentLength);
        ByteBuffer header = ByteBuffer.allocate(sizes.header());
        header.put(START).put(mark).put((byte) 1).put(salt).putInt(sizes.cms());
        tag(header, 0x30, sizes.contentInfo());
        header.put(ENCRYPTED_DATA);
        tag(header, 0xa0, sizes.explicit());
        tag(header, 0x30, sizes.encryptedData());
        header.put(VERSION);
        tag(header, 0x30, sizes.encryptedContentInfo());
        header.put(DATA).put(AES_256_GCM).put(nonce).put(TAG_SIZE);
        tag(header, 0x80, contentLength);
        return header.array();
    }

    /** Where the content begins; below zero where the bytes cannot be ciphertext. */
    static int contentAt(byte[] ciphertext) {
        if (ciphertext.length <= CMS_AT || !startsRight(ciphertext)) {
            return -1;
        }
        int smallest = Sizes.of(0).header();
        int largest = Sizes.of(0xffff).header();
        for (int header = smallest; header <= largest; header++) {
            int content = ciphertext.length - header;
            if (content >= FRAME_LENGTH + TAG_LENGTH && Sizes.of(content).header() == header) {
                return header;
            }
        }
        return -1;
    }

    private static boolean startsRight(byte[] ciphertext) {
        for (int i = 0; i < START.length; i++) {
            if (ciphertext[i] != START[i]) {
                return false;
            }
        }
        return true;
    }

    static String mark(byte[] ciphertext) {
        return HexFormat.of().formatHex(ciphertext, START.length, START.length + KeyMaterial.MARK_LENGTH);
    }

    static int nonceAt(int contentAt, int contentLength) {
        return contentAt - tagSize(contentLength) - TAG_SIZE.length - NONCE_LENGTH;
    }

    private record Sizes(
            int header, int cms, int contentInfo, int explicit, int encryptedData, int encryptedContentInfo) {

        static Sizes of(int content) {
            int encryptedContentInfo =
                    DATA.length + AES_256_GCM.length + NONCE_LENGTH + TAG_SIZE.length + tagSize(content) + content;
            int encryptedData = VERSION.length + tagSize(encryptedContentInfo) + encryptedContentInfo;
            int explicit = tagSize(encryptedData) + encryptedData;
            int contentInfo = ENCRYPTED_DATA.length + tagSize(explicit) + explicit;
            int cms = tagSize(contentInfo) + contentInfo;
            return new Sizes(CMS_AT + cms - content, cms, contentInfo, explicit, encryptedData, encryptedContentInfo);
        }
    }

    /** Bytes of a DER tag and length. */
    private static int tagSize(int length) {
        return length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
    }

    private static void tag(ByteBuffer buffer, int tag, int length) {
        buffer.put((byte) tag);
        if (length >= 0x100) {
            buffer.put((byte) 0x82).put((byte) (length >> 8));
        } else if (length >= 0x80) {
            buffer.put((byte) 0x81);
        }
        buffer.put((byte) length);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
