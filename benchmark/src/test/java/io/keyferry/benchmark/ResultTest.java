package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResultTest {

    @Test
    void meetsItsGoalOrDoesNot() {
        assertThat(Result.of("a/b", 5, "values/s", Goal.atLeast(5), "").met()).contains(true);
        assertThat(Result.of("a/b", 4, "values/s", Goal.atLeast(5), "").met()).contains(false);
    }

    @Test
    void neitherMeetsNorMissesWhatIsOnlyToldOrWasNotMeasured() {
        assertThat(Result.of("a/b", 5, "values/s", "10 rows").met()).isEmpty();
        assertThat(Result.notMeasured("a/b", "values/s", "install python3-boto3")
                        .met())
                .isEmpty();
    }
}
