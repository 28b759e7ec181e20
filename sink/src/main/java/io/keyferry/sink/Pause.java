package io.keyferry.sink;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits between tries, and while the operator has paused the migration, and ends a wait when the stage is to stop. */
final class Pause {

    private static final Duration LONGEST = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(100);

    private final BooleanSupplier paused;
    private volatile boolean over;
    private Duration stoodStill = Duration.ZERO;

    /** Of a stage that nobody pauses. */
    Pause() {
        this(() -> false);
    }

    /** @param paused whether the operator wants the stage to stand still */
    Pause(BooleanSupplier paused) {
        this.paused = paused;
    }

    boolean isPaused() {
        return paused.getAsBoolean();
    }

    /**
     * Returns when the stage is not to stand still. For one thread: the one that sweeps.
     *
     * @throws StageStopping where the stage stops meanwhile
     */
    void awaitResumed() {
        long begun = System.nanoTime();
        while (isPaused()) {
            sleep(LOOK);
        }
        stoodStill = stoodStill.plusNanos(System.nanoTime() - begun);
    }

    /** How long has been waited so, all in all. */
    Duration stoodStill() {
        return stoodStill;
    }

    /** From now on nothing waits: what is not done will be read again. */
    synchronized void end() {
        over = true;
        notifyAll();
    }

    boolean isOver() {
        return over;
    }

    /** Waits, and says how long to wait the next time. */
    Duration longer(Duration wait) {
        sleep(wait);
        Duration doubled = wait.multipliedBy(2);
        return doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    }

    /**
     * Waits.
     *
     * @throws StageStopping where the stage stops meanwhile
     */
    synchronized void sleep(Duration wait) {
        long end = System.nanoTime() + wait.toNanos();
        try {
            for (long left = wait.toMillis(); left > 0 && !over; left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            over = true;
        }
        if (over) {
            throw new StageStopping();
        }
    }

    /** The stage stops; nothing of what was under way has been recorded as done. */
    static final class StageStopping extends RuntimeException {

        private StageStopping() {
            super("the sink stops");
        }
    }
}
