package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoalTest {

    @Test
    void isMetAtTheBoundItself() {
        assertThat(Goal.atLeast(100).met(100)).isTrue();
        assertThat(Goal.atLeast(100).met(99.9)).isFalse();
        assertThat(Goal.atMost(0).met(0)).isTrue();
        assertThat(Goal.atMost(0).met(0.001)).isFalse();
    }

    @Test
    void tellsWhichSideOfTheBoundIsWanted() {
        assertThat(Goal.atLeast(4000)).hasToString("≥ 4,000");
        assertThat(Goal.atMost(1.2)).hasToString("≤ 1.200");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1234567.8|1,234,568", "512.4|512", "32.14|32.1", "1.0004|1.000", "0|0.000"})
    void printsAsManyDigitsAsTellSomething(double value, String text) {
        assertThat(Goal.number(value)).isEqualTo(text);
    }
}
