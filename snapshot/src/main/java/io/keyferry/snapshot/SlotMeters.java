package io.keyferry.snapshot;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * What the replication slot keeps the server from forgetting, as it was measured last, for as long as this is open. The
 * watching thread measures; whoever reads the meters waits for nothing.
 */
final class SlotMeters implements AutoCloseable {

    private static final String MEASURE = "SELECT pg_current_wal_lsn() - restart_lsn AS retained,"
            + " pg_current_wal_lsn() - confirmed_flush_lsn AS lag FROM pg_replication_slots WHERE slot_name = ?";

    private final String slot;
    private final MeterRegistry meters;
    private final List<Gauge> gauges;
    private volatile double retained = Double.NaN;
    private volatile double lag = Double.NaN;

    SlotMeters(String slot, MeterRegistry meters) {
        this.slot = slot;
        this.meters = meters;
        gauges = List.of(
                Gauge.builder("keyferry.slot.retained.wal", () -> retained)
                        .description("Write-ahead log that the server keeps for the replication slot")
                        .baseUnit("bytes")
                        .register(meters),
                Gauge.builder("keyferry.slot.lag", () -> lag)
                        .description("Write-ahead log not yet confirmed: how far changes are behind")
                        .baseUnit("bytes")
                        .register(meters));
    }

    void measure(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(MEASURE)) {
            query.setString(1, slot);
            try (ResultSet row = query.executeQuery()) {
                boolean there = row.next();
                retained = there ? bytes(row, "retained") : Double.NaN;
                lag = there ? bytes(row, "lag") : Double.NaN;
            }
        }
    }

    private static double bytes(ResultSet row, String column) throws SQLException {
        double bytes = row.getDouble(column);
        return row.wasNull() ? Double.NaN : bytes;
    }

    @Override
    public void close() {
        gauges.forEach(meters::remove);
    }
}
