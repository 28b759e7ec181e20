package io.keyferry.cli;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Progress;

/** When a run ends by itself. */
enum Until {
    CAUGHT_UP("caught-up"),
    DRAINED("drained");

    private final String word;

    Until(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    static Until of(String word) {
        for (Until until : values()) {
            if (until.word.equals(word)) {
                return until;
            }
        }
        throw new UsageException("--until takes caught-up or drained, not '" + word + "'");
    }

    boolean reached(Progress.Sweep sweep) {
        return this == DRAINED ? sweep.drained() : sweep.caughtUp();
    }
}
