package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransactionVisibilityTest {

    @ParameterizedTest
    @CsvSource({
        // low bits, next full id, full id
        "771, 800, 771",
        "4294967290, 4294967300, 4294967290",
        "10, 4294967290, 4294967306",
        "771, 8589935400, 8589935363",
        "4294967290, 8589934600, 8589934586",
    })
    void completesATransactionIdToTheOneNearestToTheNext(long lowBits, long next, long full) {
        assertThat(TransactionVisibility.withEpoch(lowBits, next)).isEqualTo(full);
    }
}
