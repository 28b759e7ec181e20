package io.keyferry.cli.demo;

import java.util.concurrent.atomic.LongAdder;

/** Counts what the live application's threads do. */
final class LiveCounts {

    final LongAdder inserts = new LongAdder();
    final LongAdder deletes = new LongAdder();
    final LongAdder reEncryptions = new LongAdder();
    final LongAdder otherUpdates = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder wrongReads = new LongAdder();
    final LongAdder repeated = new LongAdder();

    LiveFigures figures() {
        return new LiveFigures(
                inserts.sum(),
                deletes.sum(),
                reEncryptions.sum(),
                otherUpdates.sum(),
                reads.sum(),
                wrongReads.sum(),
                repeated.sum());
    }
}
