package io.keyferry.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.demo.LiveFigures;
import io.keyferry.cli.demo.ProofFindings;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.Counter;
import java.time.Duration;

/** What a demo has to tell in figures. */
record DemoFigures(RunSummary migration, LiveFigures live) {

    ObjectNode json(ProofFindings found, Duration took) {
        ObjectNode node = new ObjectMapper()
                .createObjectNode()
                .put("rows", found.rows())
                .put("values", migration.counts().get(Counter.SEEN));
        node.set("outcomes", migration.outcomes());
        return node.put("liveWrites", live.writes())
                .put("kmsRequests", migration.kms().requests())
                .put("undecryptable", found.undecryptable())
                .put("lostWrites", found.lostWrites())
                .put("remaining", found.remaining())
                .put("seconds", took.toMillis() / 1000.0);
    }

    void print(DemoStory story) {
        long rewritten = migration.counts().get(Counter.REWRITTEN);
        story.tell(Figures.count(migration.counts().get(Counter.SEEN)) + " values seen: " + Figures.count(rewritten)
                + " rewritten, " + Figures.count(migration.counts().get(Counter.ALREADY_TARGET))
                + " already under the new key, "
                + Figures.count(migration.counts().get(Counter.SUPERSEDED))
                + " superseded by a live write, "
                + Figures.count(migration.counts().get(Counter.EMPTY)) + " empty, "
                + Figures.count(migration.counts().get(Counter.DEAD_LETTERED)) + " dead-lettered");
        story.tell(Figures.count(migration.kms().requests()) + " KMS requests by the migration; the application wrote "
                + Figures.count(live.writes()) + " times and read " + Figures.count(live.reads()) + " rows back, "
                + live.wrongReads() + " of them wrong");
    }
}
