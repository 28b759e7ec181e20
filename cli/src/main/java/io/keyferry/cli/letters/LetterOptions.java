package io.keyferry.cli.letters;

import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.TableName;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command about dead letters takes. */
final class LetterOptions {

    @Mixin
    private FileParameter file;

    @Option(names = "--reason", paramLabel = "REASON", description = "Only letters of this reason.")
    private String reason;

    @Option(names = "--table", paramLabel = "TABLE", description = "Only letters of this table, schema.table.")
    private String table;

    @Option(names = "--json", description = "Print one JSON object on standard output.")
    private boolean json;

    FileParameter file() {
        return file;
    }

    boolean json() {
        return json;
    }

    /** Reads the options before anything is opened. */
    Filter filter() {
        return new Filter(
                Optional.ofNullable(reason).map(LetterOptions::reason),
                Optional.ofNullable(table).map(LetterOptions::table));
    }

    private static DeadLetter.Reason reason(String word) {
        try {
            return DeadLetter.Reason.of(word);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--reason takes one of "
                    + Arrays.stream(DeadLetter.Reason.values())
                            .map(DeadLetter.Reason::word)
                            .collect(Collectors.joining(", "))
                    + ", not '" + word + "'");
        }
    }

    private static TableName table(String text) {
        try {
            return TableName.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--table takes schema.table, not '" + text + "'");
        }
    }

    /** Which letters are meant, and which of their columns. */
    record Filter(Optional<DeadLetter.Reason> reason, Optional<TableName> table) {

        /** The letter with the columns that are meant; empty where none is. */
        Optional<DeadLetter> of(DeadLetter letter) {
            if (table.isPresent() && !table.get().equals(letter.table())) {
                return Optional.empty();
            }
            Map<String, DeadLetter.Column> columns = new LinkedHashMap<>(letter.columns());
            reason.ifPresent(wanted -> columns.values().removeIf(column -> column.reason() != wanted));
            return columns.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new DeadLetter(
                            letter.table(),
                            letter.key(),
                            letter.context(),
                            columns,
                            letter.source(),
                            letter.from(),
                            letter.deadLetteredAt()));
        }
    }
}
