package io.keyferry.stream;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The zero byte and the id of a schema that converters with a registry put before what they write.
 *
 * @param id of the schema, in 4 bytes as Confluent has it or in 8 as older Apicurio has it; those of 8 begin with four
 *     zeros, and no id of 4 is zero
 * @param length of zero byte and id
 */
record Framing(long id, int length) {

    static Optional<Framing> of(byte[] value) {
        if (value.length < 1 + Integer.BYTES || value[0] != 0) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(value, 1, value.length - 1);
        long id = Integer.toUnsignedLong(bytes.getInt());
        if (id != 0) {
            return Optional.of(new Framing(id, 1 + Integer.BYTES));
        }
        if (value.length < 1 + Long.BYTES) {
            return Optional.empty();
        }
        return Optional.of(new Framing(Integer.toUnsignedLong(bytes.getInt()), 1 + Long.BYTES));
    }

    /** Whether the id has 8 bytes. */
    boolean isLong() {
        return length > 1 + Integer.BYTES;
    }
}
