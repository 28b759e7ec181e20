package io.keyferry.cli;

import io.keyferry.cli.terminal.Figures;
import io.keyferry.kms.KmsConnection;
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

    /**
     * @param kms where this process calls it
     * @param ceiling requests a second of all instances together
     * @param sink what limits the sink of this process; empty where nothing does
     */
    RunPace(Optional<KmsConnection> kms, int ceiling, Supplier<Optional<String>> sink) {
        this.kms = kms;
        this.ceiling = ceiling;
        this.sink = sink;
    }

    /** In words, as it is now. */
    String now() {
        Optional<String> requests = kms.map(used -> new KmsPace(used, ceiling).now());
        String limits = Stream.of(kms.flatMap(this::limit), sink.get())
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", and by "));
        return requests.map(made -> made + "; ").orElse("")
                + (limits.isEmpty() ? "not limited" : "limited by " + limits);
    }

    private Optional<String> limit(KmsConnection used) {
        return used.limitedBy().map(cause -> words(cause, used));
    }

    private String words(Cause cause, KmsConnection used) {
        String all = Figures.count(ceiling) + " requests/s";
        return switch (cause) {
            case CEILING -> "the ceiling of " + all;
            case SHARE -> "this instance's share of " + all;
            default -> cause.words() + ": " + KmsPace.rate(used.currentRate()) + " of " + all;
        };
    }
}
