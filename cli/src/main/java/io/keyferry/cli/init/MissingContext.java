package io.keyferry.cli.init;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Prompt;
import io.keyferry.model.ContextTemplate;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks on the terminal for the encryption context of a column whose values KMS has refused without it. */
final class MissingContext {

    private final Connection connection;
    private final KeyQuestion kms;
    private final Console console;

    MissingContext(Connection connection, KeyQuestion kms, Console console) {
        this.connection = connection;
        this.kms = kms;
        this.console = console;
    }

    /** Asks until KMS takes the values or nothing is typed; then what was refused stays as it is. */
    DraftFile.Finding ask(DraftFile.Finding refused) throws SQLException {
        String qualified = refused.column().table() + "." + refused.column().column();
        console.line("  " + qualified + ": KMS refuses its values. Which encryption context does the application use?");
        DraftFile.Finding finding = refused;
        while (finding.answer().refused()) {
            String text = Prompt.line("name=text,… ({id} stands for a column; empty: leave this column out):");
            if (text.isEmpty()) {
                return refused;
            }
            Optional<DraftFile.Finding> tried = tried(qualified, refused.column(), text);
            tried.ifPresent(found -> console.line("    " + found.answer().remark()));
            finding = tried.orElse(finding);
        }
        return finding;
    }

    /** Empty where the text is no encryption context, or names a column that cannot be read; that is said. */
    private Optional<DraftFile.Finding> tried(String qualified, FoundColumn column, String text) throws SQLException {
        Optional<Map<String, String>> entries = ContextOption.entries(text);
        if (entries.isEmpty()) {
            console.line("    this is not name=text, or several of them with commas");
            return Optional.empty();
        }
        ContextTemplate template;
        try {
            template = ContextTemplate.parse(entries.get());
        } catch (IllegalArgumentException e) {
            console.line("    " + e.getMessage());
            return Optional.empty();
        }
        DatabaseScan scan = new DatabaseScan(connection, Map.of(qualified, template));
        Optional<FoundColumn> found = scan.columns(column.table().schema(), List.of(column.table())).stream()
                .filter(again -> again.column().equals(column.column()))
                .findAny();
        if (found.isEmpty()) {
            scan.unread().forEach(unread -> console.line("    not looked at: " + unread));
        }
        return found.map(again -> new DraftFile.Finding(again, entries.get(), kms.ask(again, template)));
    }
}
