package io.keyferry.stream;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Spoils records in ways that can be told again by their seed. */
final class Garbage {

    private static final List<String> ODD_VALUES = List.of(
            "null",
            "true",
            "-1",
            "1e400",
            "9".repeat(400),
            "99999999999999999999",
            "0.5",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"__debezium_unavailable_value\"",
            "{}",
            "[]",
            "[1,\"two\",{\"three\":3}]",
            "{\"id\":{\"id\":1}}");

    private final Random random;

    Garbage(long seed) {
        random = new Random(seed);
    }

    /** The record, spoilt; it may still be one. Null for a record without a value. */
    byte[] spoil(String json) {
        return switch (random.nextInt(9)) {
            case 0 -> bytes(json.substring(0, random.nextInt(json.length())));
            case 1, 2 -> flipped(bytes(json));
            case 3, 4 -> bytes(withOddValue(json));
            case 5 -> bytes("{\"op\":\"r\",\"after\":" + "[".repeat(5000) + "]".repeat(5000) + "}");
            case 6 -> json.getBytes(random.nextBoolean() ? StandardCharsets.UTF_16 : StandardCharsets.UTF_16LE);
            case 7 -> bytes(json.replaceFirst("\\{", "{\"op\":\"d\",\"op\":\"r\",\"source\":1,"));
            default -> random.nextBoolean() ? null : noise();
        };
    }

    /** Mostly as it is. */
    byte[] spoilSometimes(String json) {
        return random.nextInt(5) == 0 ? spoil(json) : bytes(json);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] flipped(byte[] bytes) {
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    /** Puts something else in the place of one of the values. */
    private String withOddValue(String json) {
        List<String> values = Pattern.compile("(?<=:)(\"[^\"]*\"|-?\\d+|null|true|false)(?=[,}])")
                .matcher(json)
                .results()
                .map(found -> found.start() + ":" + found.end())
                .toList();
        String[] place = values.get(random.nextInt(values.size())).split(":");
        return json.substring(0, Integer.parseInt(place[0]))
                + ODD_VALUES.get(random.nextInt(ODD_VALUES.size()))
                + json.substring(Integer.parseInt(place[1]));
    }

    private byte[] noise() {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        return noise;
    }
}
