package io.keyferry.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpreadTest {

    /** The numbers of the rows that are taken from a table of so many, as a reader would take them. */
    private static List<Long> taken(Spread spread, long rows) {
        List<Long> taken = new ArrayList<>();
        Spread now = spread;
        for (long next = now.skip(); next < rows; next += 1 + now.skip()) {
            taken.add(next);
            now = Spread.of(now.next().json());
        }
        return taken;
    }

    @ParameterizedTest
    @CsvSource({"1000,10,0", "1000,10,0.999", "1000,300,0.4", "7,7,0.5", "1000000000,3,0.1"})
    void takesOneRowOfEveryPartOfTheTable(long rows, int wanted, double phase) {
        List<Long> taken = taken(Spread.over(rows, wanted, phase), rows);

        assertThat(taken).hasSize(wanted);
        for (int i = 0; i < wanted; i++) {
            assertThat(taken.get(i)).isBetween(i * rows / wanted, (i + 1) * rows / wanted);
        }
    }

    @Test
    void takesEveryRowOfATableThatHasFewer() {
        assertThat(taken(Spread.over(5, 100, 0.7), 5)).containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(taken(Spread.over(0, 100, 0.7), 0)).isEmpty();
    }

    @Test
    void leavesNoEndOutOfATableThatIsLargerThanItWasTakenFor() {
        List<Long> taken = taken(Spread.over(100, 10, 0.5), 1000);

        assertThat(taken).hasSize(100).last().isEqualTo(995L);
    }
}
