package io.keyferry.cli;

import java.util.Arrays;
import java.util.Optional;

/** The stages as the command line names them. */
enum StageName {
    SNAPSHOT("snapshot"),
    STREAM_PROCESSOR("stream-processor"),
    SINK("sink");

    private final String word;

    StageName(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    static Optional<StageName> of(String word) {
        return Arrays.stream(values()).filter(stage -> stage.word.equals(word)).findAny();
    }
}
