package io.keyferry.cli;

import io.keyferry.cli.audit.AuditLog;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kafka.ReplayFrom;
import io.keyferry.cli.kafka.ReplayPlan;
import io.keyferry.cli.kafka.StageGroup;
import io.keyferry.cli.terminal.Consent;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.model.Migration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry replay}: has a stage read again, in the words of kafka-consumer-groups. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Has a stage that is stopped read its topics again from an earlier point, with its next run.",
            "The end state is the same: what was done is found done, and nothing is counted twice."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry replay --stage sink --to-earliest --dry-run",
            "  keyferry replay migration.yaml --stage sink --to-datetime 2026-01-02T03:04:05Z",
            "  keyferry replay --stage sink --to-offset customers.journal:5:1021 --yes"
        })
final class ReplayCommand implements Callable<Integer> {

    @ParentCommand
    private Interruptible main;

    @Mixin
    private FileParameter file;

    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            required = true,
            description = "stream-processor (reads the changes again, and asks KMS again) or sink (reads the journal"
                    + " again, without KMS).")
    private String stageName;

    @Option(names = "--to-earliest", description = "Read everything again that is still there.")
    private boolean toEarliest;

    @Option(
            names = "--to-datetime",
            paramLabel = "TIME",
            description = "Read again what was written to the topics from then on, such as 2026-01-02T03:04:05"
                    + " (UTC) or 2026-01-02T03:04:05+01:00.")
    private String toDateTime;

    @Option(
            names = "--to-offset",
            paramLabel = "TOPIC:PARTITION:OFFSET",
            description = "Read one partition again from this offset on; may be repeated.")
    private List<String> toOffset = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only say what would be done.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(names = "--json", description = "Print what is done as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        StageName stage = StageName.of(stageName)
                .filter(named -> named != StageName.SNAPSHOT)
                .orElseThrow(
                        () -> new UsageException("--stage takes stream-processor or sink, not '" + stageName + "'"));
        ReplayFrom from = ReplayFrom.parse(toEarliest, toDateTime, toOffset);
        Console console = Console.of(json);
        Migration migration = file.load(console);
        if (!ExistingKafka.isThere(migration, file.path())) {
            throw new UsageException("there is no keyferry-data beside " + file.path()
                    + ", so that there is nothing to replay: the migration has not run yet, or runs elsewhere");
        }
        try (KafkaAccess kafka = KafkaAccess.of(migration, file.path());
                StageGroup group = StageGroup.of(stage, migration, kafka)) {
            console.line("  Kafka      " + kafka.description());
            group.requireStopped();
            ReplayPlan plan = group.plan(from);
            plan.print(console);
            return carryOut(plan, group, new AuditLog(migration, kafka), console);
        }
    }

    private int carryOut(ReplayPlan plan, StageGroup group, AuditLog audit, Console console)
            throws InterruptedException {
        boolean reset = false;
        int code = 0;
        if (plan.isEmpty()) {
            console.line("  nothing to replay");
        } else if (dryRun) {
            console.line("  dry run: nothing was changed");
        } else {
            OptionalInt withheld = Consent.withheld(
                    yes, "Set these offsets back?", "set these offsets back", main.interruption(), console);
            if (withheld.isEmpty()) {
                audit.write("replay", Map.of("stage", plan.stage().word(), "records", String.valueOf(plan.records())));
                group.reset(plan);
                reset = true;
                console.line("  done; the next run of the " + plan.stage().word() + " begins there");
            }
            code = withheld.orElse(0);
        }
        if (json) {
            System.out.println(plan.json(reset));
        }
        return code;
    }
}
