package io.keyferry.stream;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.streams.KafkaStreams;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the stream-processor stand still while the migration is paused. A thread of its own looks.
 *
 * <p>Streams first stops processing: it goes on polling and commits what it has processed, so that neither its place in
 * the group nor a transaction times out, however long the pause. Only when no record is being processed any more are the
 * calls held that were started ahead: one that a record waits for would leave its transaction open.
 */
final class StandStill implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StandStill.class);
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final int QUIET_LOOKS = 3;

    private final BooleanSupplier paused;
    private final KafkaStreams streams;
    private final WorkUnderWay underWay;
    private final Consumer<Boolean> hold;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "keyferry-stream-processor-pause");
    private boolean still;
    private boolean held;
    private int quiet;
    private long processed;

    /** @param hold is told whether calls to KMS are to be held */
    StandStill(BooleanSupplier paused, KafkaStreams streams, WorkUnderWay underWay, Consumer<Boolean> hold) {
        this.paused = paused;
        this.streams = streams;
        this.underWay = underWay;
        this.hold = hold;
        thread.setDaemon(true);
    }

    /** Looks once, so that what starts paused stands still from its start, and then again and again. */
    void start() {
        look();
        thread.start();
    }

    private void run() {
        try {
            while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        if (!paused.getAsBoolean()) {
            if (still) {
                goOn();
            }
        } else if (!still) {
            streams.pause();
            underWay.hold();
            still = true;
            quiet = 0;
            log.debug("nothing more is processed");
        } else if (!held) {
            awaitQuiet();
        }
    }

    private void awaitQuiet() {
        long now = underWay.processed();
        quiet = underWay.isProcessing() || now != processed ? 0 : quiet + 1;
        processed = now;
        if (quiet >= QUIET_LOOKS) {
            hold.accept(true);
            held = true;
        }
    }

    private void goOn() {
        hold.accept(false);
        held = false;
        underWay.release();
        streams.resume();
        still = false;
        log.debug("goes on");
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
