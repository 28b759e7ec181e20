package io.keyferry.model.file;

import io.keyferry.model.Migration;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code limits}. */
final class LimitsSection {

    static final String EXPECTED = "a mapping with maxReplicaLag, maxSlotWal, maxLockWaits or maxWriteLatency";

    /** What writes YAML anew may have taken the one for the other. */
    private static final Set<String> OFF = Set.of("off", "false");

    private static final String TIME = "a time such as 500ms, 10s, 5m or 1h, or off";
    private static final String SIZE = "a size such as 512MB, 4GB or 1TB, or off";
    private static final String COUNT = "a number of sessions such as 5, or off";
    /** So few digits that no product overflows. */
    private static final Pattern QUANTITY = Pattern.compile("([1-9][0-9]{0,5})([A-Za-z]{1,2})");

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L);
    /** As PostgreSQL counts them. */
    private static final Map<String, Long> BYTES = Map.of("MB", 1L << 20, "GB", 1L << 30, "TB", 1L << 40);

    private LimitsSection() {}

    static Migration.Limits read(Section limits) {
        Migration.Limits usual = Migration.Limits.DEFAULT;
        Migration.Limits read = new Migration.Limits(
                time(limits, "maxReplicaLag", usual.maxReplicaLag()),
                number(limits, "maxSlotWal", usual.maxSlotWal(), SIZE, text -> quantity(text, BYTES)),
                number(limits, "maxLockWaits", usual.maxLockWaits(), COUNT, LimitsSection::count),
                time(limits, "maxWriteLatency", usual.maxWriteLatency()));
        limits.noOtherKeys();
        return read;
    }

    private static Optional<Duration> time(Section limits, String key, Optional<Duration> usual) {
        OptionalLong millis = number(
                limits,
                key,
                OptionalLong.of(usual.orElseThrow().toMillis()),
                TIME,
                text -> quantity(text, MILLIS));
        return millis.isPresent() ? Optional.of(Duration.ofMillis(millis.getAsLong())) : Optional.empty();
    }

    private static OptionalLong number(
            Section limits, String key, OptionalLong usual, String expected, Function<String, Optional<Long>> parse) {
        Optional<Value> value = limits.optional(key);
        Optional<String> text = value.flatMap(written -> written.scalar(expected));
        if (text.isEmpty()) {
            return usual;
        }
        if (OFF.contains(text.get())) {
            return OptionalLong.empty();
        }
        Optional<Long> number = parse.apply(text.get());
        if (number.isEmpty()) {
            value.orElseThrow().wrong("does not fit", expected);
            return usual;
        }
        return OptionalLong.of(number.get());
    }

    private static Optional<Long> quantity(String text, Map<String, Long> units) {
        Matcher parts = QUANTITY.matcher(text);
        return parts.matches()
                ? Optional.ofNullable(units.get(parts.group(2))).map(unit -> unit * Long.parseLong(parts.group(1)))
                : Optional.empty();
    }

    private static Optional<Long> count(String text) {
        return NUMBER.matcher(text).matches() ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
