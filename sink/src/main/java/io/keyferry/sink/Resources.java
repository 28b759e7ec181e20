package io.keyferry.sink;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what was opened, the newest first, whatever goes wrong with one of them. Used by one thread. */
final class Resources implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Resources.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Takes over the closing of a resource. */
    <R> R add(R resource, Close<? super R> close) {
        open.push(() -> close.close(resource));
        return resource;
    }

    <R extends AutoCloseable> R add(R resource) {
        return add(resource, AutoCloseable::close);
    }

    /** How a resource is closed. */
    interface Close<R> {
        void close(R resource) throws Exception;
    }

    @Override
    public void close() {
        // an interrupted thread could not take leave of the brokers
        boolean interrupted = Thread.interrupted();
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                log.warn("A connection did not close cleanly: {}", e.getMessage());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
