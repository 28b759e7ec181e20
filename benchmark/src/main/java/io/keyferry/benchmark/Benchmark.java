package io.keyferry.benchmark;

import java.util.List;

/** Measures one thing, on servers of its own. */
interface Benchmark {

    /** As the command line names it. */
    String name();

    /** In a few words, what it measures. */
    String question();

    List<Result> run(Bench bench) throws Exception;
}
