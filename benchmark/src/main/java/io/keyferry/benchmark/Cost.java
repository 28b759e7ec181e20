package io.keyferry.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.sandbox.kms.LocalKms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How many requests to KMS a value costs, as KMS counts them: each is money, and a part of the quota. */
final class Cost implements Benchmark {

    private static final int NO_LIMIT = 10_000;
    private static final Duration AT_MOST = Duration.ofMinutes(10);
    /** Printed when keys and samples have been looked at, and before any stage starts. */
    private static final String LOOKED_AT = "  Kafka ";
    /** So many that every partition has some. */
    private static final int FOLLOWERS = 100;

    @Override
    public String name() {
        return "cost";
    }

    @Override
    public String question() {
        return "How many requests to KMS for each value?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        int rows = bench.size(50_000, 8_000);
        Sandbox sandbox = bench.servers();
        BenchTable table = BenchTable.create(sandbox, rows);
        table.execute("CREATE TABLE public.before AS SELECT id, secret FROM " + BenchTable.NAME);
        // with another subscriber's slot there, the sink's writes come back as changes
        table.execute("SELECT pg_create_logical_replication_slot('of_another_subscriber', 'pgoutput')");
        String migration = table.migration("cost", NO_LIMIT);
        List<Result> results = new ArrayList<>(rewriting(bench, sandbox, table, rows, migration));
        results.add(replaying(bench, sandbox, table, rows, migration));
        return results;
    }

    private static List<Result> rewriting(Bench bench, Sandbox sandbox, BenchTable table, int rows, String migration)
            throws Exception {
        LocalKms kms = sandbox.kms();
        try (KeyferryRun run = bench.start(sandbox, migration, "run", "--json")) {
            double start = started(run, kms);
            table.awaitMoved(AT_MOST, run);
            overtake(table, run);
            long requests = kms.requests();
            // who asks for an echo asks under the source key first, and then under the target key
            long forEchoes = 2 * kms.requests("ReEncrypt", "IncorrectKeyException");
            bench.say(rows + " values are moved, and their echoes have come back");

            kms.resetCounters();
            table.execute("UPDATE " + BenchTable.NAME + " SET name = name || '.'");
            overtake(table, run);
            // the rows written to be waited for are under the source key, and cost what they must
            long forTargets = kms.requests() - FOLLOWERS;

            run.stop();
            demandEchoes(run, rows);
            return List.of(
                    Result.of("cost/start", start, "requests", "DescribeKey, and a sample of the column"),
                    perValue("cost/rewritten", requests - forEchoes, rows + FOLLOWERS, 1, "rewritten values"),
                    perValue("cost/echo", forEchoes, rows, 0, "echoes of our own writes"),
                    perValue("cost/already-target", forTargets, rows, 0, "changes of rows under the target key"));
        }
    }

    /** The journal alone, applied again after the rows were set back to what they were, as from a backup. */
    private static Result replaying(Bench bench, Sandbox sandbox, BenchTable table, int rows, String migration)
            throws Exception {
        table.execute("UPDATE " + BenchTable.NAME + " c SET secret = b.secret FROM public.before b WHERE c.id = b.id");
        try (KeyferryRun replay =
                bench.start(sandbox, migration, "replay", "--stage", "sink", "--to-earliest", "--yes", "--json")) {
            replay.result(AT_MOST);
        }
        sandbox.kms().resetCounters();
        try (KeyferryRun run = bench.start(sandbox, migration, "run", "migration.yaml", "sink", "--json")) {
            started(run, sandbox.kms());
            table.awaitMoved(AT_MOST, run);
            bench.say(rows + " values are moved again by the journal");
            return perValue("cost/replayed", sandbox.kms().requests(), rows, 0, "journal records applied again");
        }
    }

    /** Waits until the stages are to start, and sets the counts to 0; the requests until then. */
    private static long started(KeyferryRun run, LocalKms kms) throws Exception {
        run.awaitTold(LOOKED_AT, AT_MOST);
        long requests = kms.requests();
        kms.resetCounters();
        return requests;
    }

    /** Returns when everything has been read that was written before: rows written after it, in every partition, are moved. */
    private static void overtake(BenchTable table, KeyferryRun run) throws Exception {
        table.insert(FOLLOWERS);
        table.awaitMoved(AT_MOST, run);
    }

    private static void demandEchoes(KeyferryRun run, int rows) throws Exception {
        JsonNode outcomes = run.summary().path("outcomes");
        // without echoes it is one for each row at the most; the accounts of the last few may come after the end
        if (outcomes.path("alreadyTarget").asLong() < 1.5 * rows) {
            throw new BenchmarkException("of " + rows + " echoes and as many changes of rows under the target key,"
                    + " not all came by: " + outcomes);
        }
    }

    private static Result perValue(String name, long requests, int values, double goal, String what) {
        // the goal has three digits, and so has the figure
        double each = Math.round(1000.0 * requests / values) / 1000.0;
        return Result.of(name, each, "requests", Goal.atMost(goal), requests + " requests for " + values + " " + what);
    }
}
