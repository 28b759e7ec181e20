package io.keyferry.model.pace;

import java.util.Arrays;

/**
 * How many there were in the last second, counted by the millisecond: the one that is under way, and a thousand before it.
 * Not safe for threads; times are nanoseconds that never go back.
 */
final class LastSecond {

    private static final long SLOT = 1_000_000;
    private static final int SLOTS = 1001;

    private final int[] counts = new int[SLOTS];
    private long newest;
    private long sum;

    LastSecond(long now) {
        newest = slot(now);
    }

    void add(int more, long now) {
        move(now);
        counts[index(newest)] += more;
        sum += more;
    }

    long count(long now) {
        move(now);
        return sum;
    }

    /** Nanoseconds until there are no more than so many; 0 where that is so. */
    long untilAtMost(double most, long now) {
        move(now);
        long left = sum;
        long slot = newest - SLOTS;
        while (left > most) {
            slot++;
            left -= counts[index(slot)];
        }
        // a slot is out of the window once the thousandth millisecond after it has gone by
        return slot == newest - SLOTS ? 0 : (slot + SLOTS) * SLOT - now;
    }

    private void move(long now) {
        long present = slot(now);
        if (present - newest >= SLOTS) {
            Arrays.fill(counts, 0);
            sum = 0;
            newest = present;
        }
        while (newest < present) {
            newest++;
            sum -= counts[index(newest)];
            counts[index(newest)] = 0;
        }
    }

    private static long slot(long now) {
        return Math.floorDiv(now, SLOT);
    }

    private static int index(long slot) {
        return (int) Math.floorMod(slot, (long) SLOTS);
    }
}
