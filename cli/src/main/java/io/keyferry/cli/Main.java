package io.keyferry.cli;

import io.keyferry.cli.audit.AuditCommand;
import io.keyferry.cli.check.CheckCommand;
import io.keyferry.cli.clean.CleanCommand;
import io.keyferry.cli.http.AddressException;
import io.keyferry.cli.http.TokenException;
import io.keyferry.cli.init.InitCommand;
import io.keyferry.cli.letters.DeadLettersCommand;
import io.keyferry.cli.policy.PolicyCommand;
import io.keyferry.cli.report.ReportCommand;
import io.keyferry.cli.status.StatusCommand;
import io.keyferry.cli.steering.PauseCommand;
import io.keyferry.cli.steering.ResumeCommand;
import io.keyferry.cli.steering.ThrottleCommand;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.cli.undo.UndoCommand;
import io.keyferry.cli.verify.VerifyCommand;
import io.keyferry.database.DatabaseException;
import io.keyferry.database.SchemaException;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.file.ConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code keyferry} command. */
@Command(
        name = "keyferry",
        description =
                "Moves KMS-encrypted PostgreSQL columns to a multi-Region key while the application keeps running.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            DemoCommand.class,
            InitCommand.class,
            PolicyCommand.class,
            CheckCommand.class,
            RunCommand.class,
            StatusCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            ThrottleCommand.class,
            ReplayCommand.class,
            DeadLettersCommand.class,
            VerifyCommand.class,
            UndoCommand.class,
            ReportCommand.class,
            CleanCommand.class,
            AuditCommand.class,
            SandboxCommand.class,
            BenchmarkCommand.class,
            GenerateCompletion.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed, or values remain", "2:usage or configuration", "130:interrupted"})
public final class Main implements Runnable, Interruptible {

    private static final Logger log = LoggerFactory.getLogger(Main.class);

    private final Interruption interruption;

    private Main(Interruption interruption) {
        this.interruption = interruption;
    }

    public static void main(String[] arguments) {
        Interruption interruption = new Interruption();
        interruption.listen();
        int code = commandLine(interruption).execute(arguments);
        interruption.done();
        if (!interruption.isAsked()) {
            System.exit(code);
        }
    }

    static CommandLine commandLine(Interruption interruption) {
        return new CommandLine(new Main(interruption)).setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println(message(failure));
            return exitCode(failure);
        });
    }

    private static String message(Exception failure) {
        if (failure instanceof KeyFerryException known) {
            log.debug("The command failed", known);
            return "keyferry: " + known.getMessage();
        }
        log.error("The command failed", failure);
        return "keyferry: " + failure;
    }

    private static int exitCode(Exception failure) {
        boolean usage = failure instanceof UsageException
                || failure instanceof AddressException
                || failure instanceof TokenException
                || failure instanceof ConfigurationException
                || failure instanceof SchemaException
                || failure instanceof DatabaseException;
        return usage ? ExitCode.USAGE : ExitCode.FAILED;
    }

    @Override
    public Interruption interruption() {
        return interruption;
    }

    /** Without a command: what there is. */
    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
