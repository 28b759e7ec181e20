package io.keyferry.cli.report;

import io.keyferry.cli.init.DatabaseScan;
import io.keyferry.cli.init.FoundColumn;
import io.keyferry.cli.init.KeyQuestion;
import io.keyferry.model.CiphertextHeader;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a sample of the database's other columns holds.
 *
 * @param found columns with ciphertext of a source key, which the migration does not move
 * @param notTold columns of which the scan cannot say whose ciphertext they hold, each with the reason
 */
record OtherColumns(List<Found> found, List<String> notTold) {

    OtherColumns {
        found = List.copyOf(found);
        notTold = List.copyOf(notTold);
    }

    /**
     * @param column {@code schema.table.column}
     * @param key the source key of one of its values
     * @param ciphertexts how many of the values that were looked at are ciphertext, of this key or of others
     */
    record Found(String column, String key, int ciphertexts, int sampled) {}

    /**
     * Looks at a sample.
     *
     * @param connection which cannot write from now on
     * @param learnt what the migration knows of headers: values that they tell need no question to KMS
     */
    static OtherColumns scan(
            Connection connection, Migration migration, List<Progress.LearntKey> learnt, KeyQuestion kms)
            throws SQLException {
        Set<String> migrated = migration.tables().stream()
                .flatMap(table -> table.columns().stream().map(column -> table.name() + "." + column.name()))
                .collect(Collectors.toSet());
        Map<String, Progress.LearntKey> byHeader = learnt.stream()
                .collect(Collectors.toMap(Progress.LearntKey::identifier, known -> known, (one, other) -> other));
        DatabaseScan scan = new DatabaseScan(connection, Map.of());
        List<Found> found = new ArrayList<>();
        List<String> notTold = new ArrayList<>();
        for (FoundColumn column : scan.columns(null, List.of())) {
            String name = column.table() + "." + column.column();
            if (migrated.contains(name)) {
                continue;
            }
            if (column.sdk() > 0) {
                notTold.add(name + ": " + column.sdk() + " of " + column.sampled()
                        + " values are messages of the AWS Encryption SDK, which KeyFerry does not read");
            }
            try {
                source(column, byHeader, kms)
                        .ifPresent(key ->
                                found.add(new Found(name, key, column.kms() + column.elsewhere(), column.sampled())));
            } catch (KeyFerryException e) {
                notTold.add(name + ": holds KMS ciphertext, and KMS does not say whose: " + e.getMessage());
            }
        }
        notTold.addAll(scan.unread());
        return new OtherColumns(found, notTold);
    }

    private static Optional<String> source(
            FoundColumn column, Map<String, Progress.LearntKey> byHeader, KeyQuestion kms) {
        for (FoundColumn.SampledRow row : column.rows()) {
            byte[] ciphertext = column.encoding().decode(row.stored());
            Optional<Progress.LearntKey> known =
                    CiphertextHeader.identifier(ciphertext).map(byHeader::get);
            Optional<String> key = known.isPresent()
                    ? known.filter(it -> !it.target()).map(Progress.LearntKey::keyArn)
                    : kms.sourceOf(ciphertext);
            if (key.isPresent()) {
                return key;
            }
        }
        return Optional.empty();
    }
}
