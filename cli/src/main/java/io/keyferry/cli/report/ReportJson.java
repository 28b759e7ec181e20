package io.keyferry.cli.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Version;
import io.keyferry.kms.KeyUses;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;

/** A report as programs read it. Names, numbers and times only. */
final class ReportJson {

    private static final int VERSION = 1;
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Evidence evidence;
    private final Verdict verdict;
    private final VerificationJudgement judgement;

    ReportJson(Evidence evidence, Verdict verdict) {
        this.evidence = evidence;
        this.verdict = verdict;
        judgement = new VerificationJudgement(evidence.migration(), evidence.progress());
    }

    /** The file's bytes. */
    byte[] bytes() {
        try {
            return (MAPPER.writeValueAsString(node()) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    ObjectNode node() {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("v", VERSION)
                .put("migration", evidence.migration().name())
                .put("verdict", verdict.word())
                .put("asOf", text(verdict.asOf()))
                .put("made", evidence.made().toString())
                .put("keyferry", Version.number())
                .put("database", evidence.database());
        verdict.reasons().forEach(node.putArray("reasons")::add);
        ArrayNode items = node.putArray("items");
        verdict.items()
                .forEach(item -> items.addObject()
                        .put("name", item.name())
                        .put(
                                "state",
                                item.state().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .put("text", item.text()));
        node.set("configuration", configuration());
        keys(node);
        node.put("changesAreRead", evidence.changesAreRead());
        sweep(node);
        columns(node.putArray("columns"));
        verifications(node.putArray("verifications"));
        ArrayNode letters = node.putArray("deadLetters");
        evidence.letters()
                .forEach(group -> letters.addObject()
                        .put("reason", group.reason())
                        .put("column", group.column())
                        .put("values", group.values())
                        .put("cure", group.cure()));
        transactions(node);
        sourceKeys(node.putArray("sourceKeys"));
        ArrayNode others = node.putArray("otherColumns");
        evidence.otherColumns()
                .found()
                .forEach(column -> others.addObject()
                        .put("column", column.column())
                        .put("key", column.key())
                        .put("ciphertexts", column.ciphertexts())
                        .put("sampled", column.sampled())
                        .put("acknowledged", evidence.migration().retirement().acknowledges(column.column())));
        backups(node);
        Unseen.of(evidence, verdict).forEach(node.putArray("cannotSee")::add);
        return node;
    }

    private ObjectNode configuration() {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("file", evidence.configuration().file())
                .put("sha256", evidence.configuration().sha256());
        ArrayNode overrides = node.putArray("overrides");
        evidence.configuration()
                .overrides()
                .forEach(override -> overrides
                        .addObject()
                        .put("path", override.path())
                        .put("value", override.shown())
                        .put("variable", override.variable()));
        return node;
    }

    private void keys(ObjectNode node) {
        Migration.Keys keys = evidence.migration().keys();
        ObjectNode named = node.putObject("keys").put("region", keys.region());
        keys.source().forEach(named.putArray("source")::add);
        named.put("target", keys.target());
        keys.replicas().forEach(named.putArray("replicas")::add);
    }

    private void sweep(ObjectNode node) {
        Optional<Progress.Sweep> newest = evidence.progress().sweep();
        if (newest.isEmpty()) {
            node.putNull("sweep");
            return;
        }
        Progress.Sweep sweep = newest.get();
        node.putObject("sweep")
                .put("number", sweep.number())
                .put("began", text(sweep.began()))
                .put("ended", text(evidence.progress().sweepEnded()))
                .put("drained", sweep.drained())
                .put("remaining", sweep.remainingValues())
                .put("deadLettered", sweep.deadLettered());
    }

    private void columns(ArrayNode columns) {
        for (ColumnName name : judgement.columns()) {
            Counts counts = evidence.progress().counts().getOrDefault(name, Counts.NONE);
            ObjectNode column = columns.addObject().put("column", name.toString());
            column.put("seen", counts.get(Counter.SEEN));
            ObjectNode outcomes = column.putObject("outcomes");
            Counter.OUTCOMES.forEach(outcome -> outcomes.put(outcome.word(), counts.get(outcome)));
            column.put("balanced", counts.balanced());
            evidence.progress()
                    .sweep()
                    .ifPresentOrElse(
                            sweep -> column.put("remaining", sweep.remaining().getOrDefault(name.toString(), 0L)),
                            () -> column.putNull("remaining"));
            ObjectNode keys = column.putObject("sourceKeys");
            evidence.progress()
                    .uses()
                    .getOrDefault(name, SourceKeyUse.NONE)
                    .byKey()
                    .forEach((key, times) -> keys.putObject(key)
                            .put("lastSeen", times.seen().toString())
                            .put("lastWritten", text(times.written())));
        }
    }

    private void verifications(ArrayNode verifications) {
        for (VerificationRecord record : evidence.verifications()) {
            ObjectNode node = verifications
                    .addObject()
                    .put("file", record.file().getFileName().toString())
                    .put("database", record.database())
                    .put("began", record.began().toString())
                    .put("ended", record.ended().toString())
                    .put("method", record.method());
            if (record.sample().isPresent()) {
                node.put("sample", record.sample().getAsLong());
            }
            record.regions().forEach(node.putArray("regions")::add);
            node.put("values", record.values())
                    .put("mismatches", record.mismatches())
                    .put("objection", judgement.objection(record).orElse(null));
            ArrayNode columns = node.putArray("columns");
            record.byKey().forEach((column, keys) -> {
                ObjectNode byKey =
                        columns.addObject().put("column", column.toString()).putObject("byKey");
                keys.forEach(byKey::put);
            });
        }
    }

    private void transactions(ObjectNode node) {
        OpenTransactions transactions = evidence.transactions();
        ObjectNode told = node.putObject("transactions");
        ArrayNode open = told.putArray("open");
        transactions
                .open()
                .forEach(one -> open.addObject()
                        .put("pid", one.pid())
                        .put("user", one.user())
                        .put("application", one.application())
                        .put("since", one.since().toString()));
        ArrayNode prepared = told.putArray("prepared");
        transactions
                .prepared()
                .forEach(one -> prepared.addObject()
                        .put("name", one.name())
                        .put("owner", one.owner())
                        .put("since", one.at().toString()));
        told.put("hiddenSessions", transactions.hidden());
    }

    private void sourceKeys(ArrayNode keys) {
        for (KeyUses key : evidence.keys()) {
            ObjectNode node = keys.addObject().put("key", key.arn());
            node.put("state", key.description().map(it -> it.state()).orElse(null));
            if (key.lastUse().isPresent()) {
                KeyUses.LastUse use = key.lastUse().get();
                node.putObject("lastUse")
                        .put("at", text(use.at()))
                        .put("operation", use.operation())
                        .put("trackedSince", text(Optional.ofNullable(use.trackedSince())));
            } else {
                node.putNull("lastUse");
            }
            if (key.aliases().isPresent()) {
                key.aliases().get().forEach(node.putArray("aliases")::add);
            } else {
                node.putNull("aliases");
            }
            if (key.grants().isPresent()) {
                ArrayNode grants = node.putArray("grants");
                key.grants().get().forEach(grant -> {
                    ObjectNode entry = grants.addObject()
                            .put("id", grant.id())
                            .put("name", grant.name())
                            .put("grantee", grant.grantee());
                    grant.operations().forEach(entry.putArray("operations")::add);
                });
            } else {
                node.putNull("grants");
            }
        }
    }

    private void backups(ObjectNode node) {
        if (evidence.migration().retirement().backups().isEmpty()) {
            node.putNull("backups");
            return;
        }
        ArrayNode backups = node.putArray("backups");
        LocalDate today = LocalDate.ofInstant(evidence.made(), ZoneOffset.UTC);
        evidence.migration()
                .retirement()
                .backups()
                .get()
                .forEach(backup -> backups.addObject()
                        .put("what", backup.what())
                        .put("until", backup.until().toString())
                        .put("needsSourceKey", Verdict.isKept(backup, today)));
    }

    private static String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }
}
