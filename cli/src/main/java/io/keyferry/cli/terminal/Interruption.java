package io.keyferry.cli.terminal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM: the virtual machine's end waits until the command has stopped cleanly. The exit code is then the
 * signal's own (130, 143).
 */
public final class Interruption {

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Duration longest = Duration.ofSeconds(30);

    /** From now on a signal is passed on to the command. */
    public void listen() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onSignal, "keyferry-interruption"));
    }

    /**
     * From now on the command has so long for stopping. Then the process ends, whatever still waits for something: a
     * command that says this must be able to go on after having been killed.
     *
     * @return how long it had before
     */
    public Duration stopWithin(Duration longest) {
        Duration before = this.longest;
        this.longest = longest;
        return before;
    }

    private void onSignal() {
        asked.countDown();
        try {
            stopped.await(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether to stop; waits that long for it. */
    public boolean await(long millis) throws InterruptedException {
        return asked.await(millis, TimeUnit.MILLISECONDS);
    }

    public boolean isAsked() {
        return asked.getCount() == 0;
    }

    /** The command has stopped. */
    public void done() {
        stopped.countDown();
    }
}
