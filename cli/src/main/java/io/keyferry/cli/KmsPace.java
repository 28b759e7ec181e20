package io.keyferry.cli;

import io.keyferry.cli.terminal.Figures;
import io.keyferry.kms.KmsConnection;
import java.util.Locale;

/** Says how many requests this process has made to KMS, and how many it may make. */
final class KmsPace {

    private final KmsConnection kms;
    private final int ceiling;

    /** @param ceiling requests a second of all instances together */
    KmsPace(KmsConnection kms, int ceiling) {
        this.kms = kms;
        this.ceiling = ceiling;
    }

    /** In words, as it is now. */
    String now() {
        return Figures.count(kms.metrics().requests()) + " KMS requests, " + pace();
    }

    private String pace() {
        double share = kms.share();
        String all = Figures.count(ceiling) + "/s";
        if (share == 0) {
            return "none at present: without a partition, this instance has no share of the " + all;
        }
        String own = rate(kms.currentRate()) + "/s";
        return share == 1
                ? "at most " + own
                : "at most " + own + ", as this instance's " + Math.round(share * 100) + "% of " + all;
    }

    static String rate(double rate) {
        return rate < 10 ? String.format(Locale.ROOT, "%.1f", rate) : Figures.count(Math.round(rate));
    }
}
