package io.keyferry.snapshot;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.sql.Date;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.Properties;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.postgresql.PGStatement;

/**
 * Writes dates and times into change events as PostgreSQL writes them, in UTC. Debezium's own formats lose infinite
 * values, the era of a date that the snapshot reads, and 24:00. Debezium makes the instance from the class's name.
 */
public final class ExactTimes implements CustomConverter<SchemaBuilder, RelationalColumn> {

    private static final String INFINITY = "infinity";

    /** What Debezium makes of infinity and -infinity as it reads the stream; no date of PostgreSQL is so early. */
    private static final LocalDate STREAMED_INFINITY = LocalDate.of(-5877611, 6, 21);

    private static final LocalDate STREAMED_MINUS_INFINITY = LocalDate.of(-5877611, 6, 22);
    /** The same of a timestamp, in milliseconds. */
    private static final long STREAMED_INFINITE_MILLIS = PGStatement.DATE_POSITIVE_INFINITY / 1000;

    private static final long STREAMED_MINUS_INFINITE_MILLIS = PGStatement.DATE_NEGATIVE_INFINITY / 1000;

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("HH:mm:ss")
            .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
            .toFormatter();

    /** Debezium's settings that make it use this class. */
    static Properties settings() {
        Properties settings = new Properties();
        settings.setProperty("converters", "times");
        settings.setProperty("times.type", ExactTimes.class.getName());
        return settings;
    }

    @Override
    public void configure(Properties settings) {
        // it has none
    }

    @Override
    public void converterFor(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
        switch (column.jdbcType()) {
            case Types.DATE, Types.TIME, Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE ->
                registration.register(SchemaBuilder.string().optional(), ExactTimes::text);
            default -> {
                // Debezium's own conversion is exact
            }
        }
    }

    static String text(Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof String text) {
            return text; // as the server wrote it
        }
        if (value instanceof LocalDate date) {
            return date(date);
        }
        if (value instanceof Date date) {
            return date(date);
        }
        if (value instanceof Instant instant) {
            return timestamp(instant);
        }
        if (value instanceof OffsetDateTime time) {
            return timestampWithZone(time);
        }
        throw new IllegalArgumentException(
                "Debezium reads a date or time as " + value.getClass().getName());
    }

    private static String date(LocalDate date) {
        if (date.equals(STREAMED_INFINITY)) {
            return INFINITY;
        }
        return date.equals(STREAMED_MINUS_INFINITY) ? "-" + INFINITY : day(date) + era(date);
    }

    /** In the calendar and zone that the driver has made the instant with. */
    private static String date(Date date) {
        if (date.getTime() == PGStatement.DATE_POSITIVE_INFINITY) {
            return INFINITY;
        }
        if (date.getTime() == PGStatement.DATE_NEGATIVE_INFINITY) {
            return "-" + INFINITY;
        }
        Calendar calendar = new GregorianCalendar();
        calendar.setTime(date);
        int year = calendar.get(Calendar.YEAR);
        return String.format(
                "%04d-%02d-%02d%s",
                year,
                calendar.get(Calendar.MONTH) + 1,
                calendar.get(Calendar.DAY_OF_MONTH),
                calendar.get(Calendar.ERA) == GregorianCalendar.BC ? " BC" : "");
    }

    private static String timestamp(Instant instant) {
        if (instant.equals(Instant.ofEpochMilli(STREAMED_INFINITE_MILLIS))) {
            return INFINITY;
        }
        if (instant.equals(Instant.ofEpochMilli(STREAMED_MINUS_INFINITE_MILLIS))) {
            return "-" + INFINITY;
        }
        LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        return day(time.toLocalDate()) + " " + clock(time.toLocalTime()) + era(time.toLocalDate());
    }

    /** An infinite one lies outside of what PostgreSQL's can be. */
    private static String timestampWithZone(OffsetDateTime time) {
        if (time.getYear() > 294_276) {
            return INFINITY;
        }
        if (time.getYear() < -4713) {
            return "-" + INFINITY;
        }
        OffsetDateTime utc = time.withOffsetSameInstant(ZoneOffset.UTC);
        return day(utc.toLocalDate()) + " " + clock(utc.toLocalTime()) + "+00" + era(utc.toLocalDate());
    }

    /** Java has a year 0, which is 1 BC. */
    private static String day(LocalDate date) {
        int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
        return String.format("%04d-%02d-%02d", year, date.getMonthValue(), date.getDayOfMonth());
    }

    private static String era(LocalDate date) {
        return date.getYear() > 0 ? "" : " BC";
    }

    private static String clock(LocalTime time) {
        return TIME.format(time);
    }
}
