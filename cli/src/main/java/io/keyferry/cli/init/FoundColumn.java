package io.keyferry.cli.init;

import io.keyferry.model.Encoding;
import io.keyferry.model.TableName;
import java.util.List;
import java.util.Map;

/**
 * A column in which ciphertext was seen.
 *
 * @param kms values of the sample that look like KMS ciphertext in this encoding
 * @param elsewhere values that look like KMS ciphertext in another encoding
 * @param sdk values of the sample that are messages of the AWS Encryption SDK
 * @param sampled values looked at, none of them NULL
 * @param rows a few of the recognised values, to ask KMS about
 */
public record FoundColumn(
        TableName table,
        String column,
        Encoding encoding,
        int kms,
        int elsewhere,
        int sdk,
        int sampled,
        List<SampledRow> rows) {

    public FoundColumn {
        rows = List.copyOf(rows);
    }

    /** A stored value and the row's columns that its context is made from; never printed. */
    public record SampledRow(String stored, Map<String, String> columns) {

        @Override
        public String toString() {
            return "SampledRow";
        }
    }
}
