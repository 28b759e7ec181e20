package io.keyferry.snapshot;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** How far the stream of changes is behind the server, by the server's own positions. The watching thread owns it. */
final class StreamLag {

    private final Deque<Seen> seen = new ArrayDeque<>();

    private record Seen(long nanos, long position) {}

    /**
     * @param written how far the server has written its log now
     * @param handedOn how far changes have been handed on
     * @return for how long the oldest position that is yet to be handed on has been there
     */
    Duration measure(long written, long handedOn, long nanos) {
        seen.addLast(new Seen(nanos, written));
        while (!seen.isEmpty() && seen.peekFirst().position() <= handedOn) {
            seen.removeFirst();
        }
        return seen.isEmpty()
                ? Duration.ZERO
                : Duration.ofNanos(nanos - seen.peekFirst().nanos());
    }
}
