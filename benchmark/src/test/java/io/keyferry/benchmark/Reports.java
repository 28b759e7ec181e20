package io.keyferry.benchmark;

import java.util.ArrayList;
import java.util.List;

/** Reports as the benchmarks would give them. */
final class Reports {

    static final String MACHINE = "2 cores, 24 GiB of memory, Java 17.0.15, PostgreSQL 18.6";

    private Reports() {}

    static Report of(List<Result> results) {
        return new Report("keyferry benchmark --quick", MACHINE, results, true);
    }

    /** With the figures of the scripts and of keyferry, and with one that was not measured. */
    static Report whole() {
        List<Result> results = new ArrayList<>(BlogScript.results(40, 600, 505, 15_000, 3_100, 100_000, 4_200));
        results.add(Result.notMeasured("harm/wal", "bytes", "no <WAL> | here"));
        return of(results);
    }
}
