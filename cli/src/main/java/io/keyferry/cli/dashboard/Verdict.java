package io.keyferry.cli.dashboard;

import io.keyferry.cli.http.HealthReport;
import io.keyferry.cli.status.MigrationStatus;
import io.keyferry.model.StageHealth;
import io.keyferry.model.Steering;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whether it is well, in a word and a sentence.
 *
 * @param text what is so, and what to do where something must be done
 */
record Verdict(Level level, String text) {

    /** From what needs a person at once to what needs nobody any more. */
    enum Level {
        FAILED,
        PAUSED,
        WAITING,
        STARTING,
        WELL,
        CAUGHT_UP,
        DRAINED;

        /** In JSON. */
        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * @param started whether the stages are there
     * @param status as it was seen last; empty where it is not known
     */
    static Verdict of(HealthReport health, boolean started, Steering steering, Optional<MigrationStatus> status) {
        Optional<String> failed = first(health, stage -> !stage.live());
        if (failed.isPresent()) {
            return new Verdict(Level.FAILED, "A stage has failed, and this run ends: " + failed.get());
        }
        if (steering.isPaused()) {
            return new Verdict(
                    Level.PAUSED, "Everything stands still: " + steering.words().orElseThrow());
        }
        Optional<String> waits = first(health, stage -> !stage.ready());
        if (waits.isPresent()) {
            return new Verdict(started ? Level.WAITING : Level.STARTING, waits.get());
        }
        return switch (status.map(MigrationStatus::state).orElse("")) {
            case "drained" ->
                new Verdict(Level.DRAINED, "No value is under a source key, and none was written under one meanwhile.");
            case "caught-up" ->
                new Verdict(Level.CAUGHT_UP, "Only what the application writes now is still under a source key.");
            default -> new Verdict(Level.WELL, "Every stage of this run does its work.");
        };
    }

    private static Optional<String> first(HealthReport health, Predicate<StageHealth> asked) {
        return health.stages().entrySet().stream()
                .filter(stage -> asked.test(stage.getValue()))
                .findFirst()
                .map(Verdict::words);
    }

    private static String words(Map.Entry<String, StageHealth> stage) {
        return stage.getKey() + ": " + stage.getValue().detail();
    }
}
