package io.keyferry.cli.report;

import io.keyferry.cli.report.ReadinessItem.State;
import io.keyferry.cli.terminal.Version;
import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyUses;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Retirement;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A report as people read and print it: one file that needs nothing else, and no script. */
final class ReportHtml {

    private final Evidence evidence;
    private final Verdict verdict;
    private final VerificationJudgement judgement;
    private final HtmlText html = new HtmlText();

    ReportHtml(Evidence evidence, Verdict verdict) {
        this.evidence = evidence;
        this.verdict = verdict;
        judgement = new VerificationJudgement(evidence.migration(), evidence.progress());
    }

    /**
     * @param json the name of the file with the same for programs
     * @param sha256 of that file
     */
    String text(String json, String sha256) {
        String title = evidence.migration().name() + ": " + verdict.word();
        html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        + "<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
                .text(title)
                .markup("</title>\n<style>\n" + style() + "</style>\n</head>\n<body>\n");
        head();
        items();
        columns();
        verifications();
        sourceKeys();
        otherColumns();
        deadLetters();
        backups();
        html.heading("What this report cannot see").list(Unseen.of(evidence, verdict));
        next();
        origin(json, sha256);
        return html.markup("</body>\n</html>\n").toString();
    }

    private static String style() {
        try (InputStream css = ReportHtml.class.getResourceAsStream("report.css")) {
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void head() {
        html.markup("<header class=\"" + (verdict.safe() ? "safe" : "not-yet") + "\">\n<p class=\"about\">")
                .text("Do the columns of " + evidence.migration().name() + " still need the source key?")
                .markup("</p>\n<h1>")
                .text(verdict.safe() ? "Safe" : "Not yet")
                .markup("</h1>\n");
        if (verdict.safe()) {
            html.paragraph("As of " + Readiness.time(verdict.asOf())
                    + " these columns need the source key no more. Disable it first, watch, and delete it later.");
        } else {
            html.paragraph("Not yet, because:").list(verdict.reasons());
        }
        html.markup("</header>\n");
    }

    private void items() {
        List<List<?>> rows = new ArrayList<>();
        verdict.items().forEach(item -> rows.add(List.of(sign(item.state()), item.name(), item.text())));
        html.heading("What must be so")
                .markup("<div class=\"items\">\n")
                .table(List.of("", "what", "how it is"), rows)
                .markup("</div>\n");
    }

    private static String sign(State state) {
        return switch (state) {
            case DONE -> "✔ so";
            case NOT_YET -> "✘ not yet";
            case UNKNOWN -> "? not known";
        };
    }

    private void columns() {
        List<List<?>> accounts = new ArrayList<>();
        List<List<?>> uses = new ArrayList<>();
        for (ColumnName name : judgement.columns()) {
            Counts counts = evidence.progress().counts().getOrDefault(name, Counts.NONE);
            List<Object> row = new ArrayList<>(List.of(name, counts.get(Counter.SEEN)));
            Counter.OUTCOMES.forEach(outcome -> row.add(counts.get(outcome)));
            row.add(evidence.progress()
                    .sweep()
                    .<Object>map(sweep -> sweep.remaining().getOrDefault(name.toString(), 0L))
                    .orElse("?"));
            accounts.add(row);
            evidence.progress()
                    .uses()
                    .getOrDefault(name, SourceKeyUse.NONE)
                    .byKey()
                    .forEach((key, times) -> uses.add(List.of(
                            name,
                            key,
                            times.seen(),
                            times.written().map(Object::toString).orElse("not since changes are read"))));
        }
        html.heading("The columns")
                .paragraph(
                        "Values that changes brought, and what became of them; what remained under a source key as the"
                                + " newest sweep found.")
                .table(
                        List.of(
                                "column",
                                "seen",
                                "rewritten",
                                "on target",
                                "superseded",
                                "empty",
                                "dead letters",
                                "remaining"),
                        accounts);
        if (!uses.isEmpty()) {
            html.paragraph(
                            "When values under a source key were met last: seen by KeyFerry, and written by the application.")
                    .table(List.of("column", "source key", "last seen", "last written"), uses);
        }
    }

    private void verifications() {
        html.heading("Verification: values by key and Region");
        if (evidence.verifications().isEmpty()) {
            html.paragraph("No verification record was found: keyferry verify writes them.");
            return;
        }
        for (VerificationRecord record : evidence.verifications()) {
            html.markup("<h3>").text(record.file().getFileName()).markup("</h3>\n");
            html.paragraph("Of " + record.database() + ", from " + record.began() + " to " + record.ended() + ", by "
                    + record.method() + ", in " + String.join(" and ", record.regions()) + ": "
                    + (record.isComplete()
                            ? "all values"
                            : "a sample of " + record.sample().getAsLong())
                    + ", " + Readiness.values(record.mismatches()) + " with a mismatch. "
                    + judgement
                            .objection(record)
                            .map(why -> "It does not count: " + why + ".")
                            .orElse(
                                    judgement.isOfThisDatabase(record)
                                            ? "It counts."
                                            : "It counts for other Regions than "
                                                    + evidence.migration()
                                                            .keys()
                                                            .region()
                                                    + ": it is of another database."));
            List<List<?>> rows = new ArrayList<>();
            for (Map.Entry<ColumnName, Map<String, Long>> column :
                    record.byKey().entrySet()) {
                column.getValue().forEach((key, values) -> rows.add(List.of(column.getKey(), key, values)));
            }
            html.table(List.of("column", "key", "values"), rows);
        }
    }

    private void sourceKeys() {
        List<List<?>> rows = new ArrayList<>();
        for (KeyUses key : evidence.keys()) {
            rows.add(List.of(
                    key.arn(),
                    key.description().map(KeyDescription::state).orElse("not told"),
                    key.lastUse().map(ReportHtml::lastUse).orElse("not told; CloudTrail knows"),
                    key.aliases().map(ReportHtml::listed).orElse("not told"),
                    key.grants()
                            .map(grants -> listed(grants.stream()
                                    .map(grant -> grant.grantee() + " may " + String.join(", ", grant.operations()))
                                    .toList()))
                            .orElse("not told")));
        }
        html.heading("The source keys and who else may use them")
                .table(List.of("key", "state", "last use by anybody", "aliases", "grants"), rows);
    }

    private static String lastUse(KeyUses.LastUse use) {
        return use.at().map(at -> at + ", " + use.operation()).orElse("none since " + use.trackedSince());
    }

    private static String listed(List<String> names) {
        return names.isEmpty() ? "none" : String.join("; ", names);
    }

    private void otherColumns() {
        if (evidence.otherColumns().found().isEmpty()) {
            return;
        }
        List<List<?>> rows = new ArrayList<>();
        evidence.otherColumns()
                .found()
                .forEach(column -> rows.add(List.of(
                        column.column(),
                        column.key(),
                        (long) column.ciphertexts(),
                        (long) column.sampled(),
                        evidence.migration().retirement().acknowledges(column.column()) ? "yes" : "no")));
        html.heading("Other columns with a source key's ciphertext")
                .table(List.of("column", "key", "ciphertexts", "of values looked at", "acknowledged"), rows);
    }

    private void deadLetters() {
        if (evidence.letters().isEmpty()) {
            return;
        }
        List<List<?>> rows = new ArrayList<>();
        evidence.letters()
                .forEach(group -> rows.add(List.of(group.column(), group.reason(), group.values(), group.cure())));
        html.heading("Dead letters").table(List.of("column", "reason", "values", "cure"), rows);
    }

    private void backups() {
        html.heading("Backups and snapshots");
        Optional<List<Retirement.Backup>> stated =
                evidence.migration().retirement().backups();
        if (stated.isEmpty()) {
            html.paragraph(
                    "Not stated. Name under retirement.backups in migration.yaml what still needs the source key; an"
                            + " empty list means none.");
            return;
        }
        if (stated.get().isEmpty()) {
            html.paragraph("Stated: none needs the source key.");
            return;
        }
        LocalDate today = LocalDate.ofInstant(evidence.made(), ZoneOffset.UTC);
        List<List<?>> rows = new ArrayList<>();
        stated.get()
                .forEach(backup -> rows.add(List.of(
                        backup.what(), backup.until(), Verdict.isKept(backup, today) ? "still needs it" : "over")));
        html.table(List.of("what", "retention ends after", "the source key"), rows);
    }

    private void next() {
        html.heading("What to do with the key")
                .list(List.of(
                        "Disable it first (aws kms disable-key): that can be taken back at once.",
                        "Watch the application, and the key's uses in CloudTrail, for a whole business cycle.",
                        "Delete it later (aws kms schedule-key-deletion), when nothing has asked for it and no backup"
                                + " needs it. What is under it then is lost for ever."));
    }

    private void origin(String json, String sha256) {
        List<List<?>> rows = new ArrayList<>();
        rows.add(List.of("made", evidence.made() + " by keyferry " + Version.number()));
        rows.add(List.of("database", evidence.database()));
        rows.add(List.of("target key", evidence.migration().keys().target()));
        rows.add(List.of("Regions", String.join(", ", judgement.regions())));
        rows.add(List.of(
                "SHA-256 of " + evidence.configuration().file(),
                evidence.configuration().sha256()));
        evidence.configuration()
                .overrides()
                .forEach(override ->
                        rows.add(List.of(override.variable(), override.path() + " is " + override.shown())));
        rows.add(List.of("SHA-256 of " + json, sha256));
        html.heading("Where this comes from").table(List.of("what", ""), rows);
    }
}
