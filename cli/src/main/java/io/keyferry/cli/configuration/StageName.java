package io.keyferry.cli.configuration;

import java.util.Arrays;
import java.util.Optional;

/** The stages as the command line names them. */
public enum StageName {
    SNAPSHOT("snapshot"),
    STREAM_PROCESSOR("stream-processor"),
    SINK("sink");

    private final String word;

    StageName(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    public static Optional<StageName> of(String word) {
        return Arrays.stream(values()).filter(stage -> stage.word.equals(word)).findAny();
    }
}
