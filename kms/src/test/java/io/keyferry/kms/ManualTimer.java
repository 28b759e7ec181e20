package io.keyferry.kms;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that passes only when a test says so; tasks run on the test's thread. */
final class ManualTimer implements Timer {

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
    private long now;
    private long numbers;

    private record Task(long due, long number, Runnable action) {}

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public void after(Duration delay, Runnable task) {
        tasks.add(new Task(now + delay.toNanos(), numbers++, task));
    }

    void pass(Duration time) {
        long end = now + time.toNanos();
        while (!tasks.isEmpty() && tasks.peek().due() <= end) {
            Task task = tasks.remove();
            now = task.due();
            task.action().run();
        }
        now = end;
    }

    int tasks() {
        return tasks.size();
    }

    @Override
    public void close() {
        tasks.clear();
    }
}
