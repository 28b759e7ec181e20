package io.keyferry.sandbox.kms;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/** An encryption context as authenticated data: no two contexts give the same bytes, and order does not matter. */
record EncryptionContext(Map<String, String> pairs) {

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(pairs.size()).array());
        new TreeMap<>(pairs).forEach((name, value) -> {
            append(bytes, name);
            append(bytes, value);
        });
        return bytes.toByteArray();
    }

    /** Each text with its length ahead of it, so that {@code {a: bc}} is not {@code {ab: c}}. */
    private static void append(ByteArrayOutputStream bytes, String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).array());
        bytes.writeBytes(utf8);
    }
}
