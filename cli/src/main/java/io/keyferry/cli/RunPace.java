package io.keyferry.cli;

import io.keyferry.cli.terminal.Figures;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Steering;
import io.keyferry.model.pace.Cause;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says what keeps a run from being faster. */
final class RunPace {

    private final Optional<KmsConnection> kms;
    private final int ceiling;
    private final Supplier<Optional<String>> sink;
    private final Supplier<Optional<Cause>> sinkCause;
    private final Supplier<Steering> steering;

    /**
     * @param kms where this process calls it
     * @param ceiling requests a second of all instances together
     * @param sink what limits the sink of this process; empty where nothing does
     * @param sinkCause the same as one word
     * @param steering what the operator has told
     */
    RunPace(
            Optional<KmsConnection> kms,
            int ceiling,
            Supplier<Optional<String>> sink,
            Supplier<Optional<Cause>> sinkCause,
            Supplier<Steering> steering) {
        this.kms = kms;
        this.ceiling = ceiling;
        this.sink = sink;
        this.sinkCause = sinkCause;
        this.steering = steering;
    }

    /** In words, as it is now. */
    String now() {
        Steering told = steering.get();
        if (told.isPaused()) {
            return told.words().orElseThrow();
        }
        Optional<String> requests = kms.map(used -> new KmsPace(used, told.ceiling(ceiling)).now());
        String limits = Stream.of(kms.flatMap(this::limit), sink.get())
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", and by "));
        return requests.map(made -> made + "; ").orElse("")
                + (limits.isEmpty() ? "not limited" : "limited by " + limits)
                + told.words().map(text -> "; " + text).orElse("");
    }

    /** The kind of what limits it most, for a history: what the database suffers goes before what KMS allows. */
    Optional<String> cause() {
        return steering.get().isPaused()
                ? Optional.of("paused")
                : sinkCause.get().map(Cause::word).or(() -> kms.flatMap(this::kmsCause));
    }

    private Optional<String> kmsCause(KmsConnection used) {
        return used.limitedBy().map(cause -> cause == Cause.SHARE && isThrottled(used) ? "throttle" : cause.word());
    }

    /** A throttle works as a smaller share. */
    private boolean isThrottled(KmsConnection used) {
        return used.share() == 1 && steering.get().ceiling(ceiling) < ceiling;
    }

    private Optional<String> limit(KmsConnection used) {
        return used.limitedBy().map(cause -> words(cause, used));
    }

    private String words(Cause cause, KmsConnection used) {
        Steering told = steering.get();
        String all = Figures.count(told.ceiling(ceiling)) + " requests/s";
        return switch (cause) {
            case SHARE -> isThrottled(used) ? "the throttle of " + all : "this instance's share of " + all;
            case CEILING -> "the ceiling of " + all;
            default -> cause.words() + ": " + KmsPace.rate(used.currentRate()) + " of " + all;
        };
    }
}
