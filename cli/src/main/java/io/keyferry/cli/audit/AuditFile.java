package io.keyferry.cli.audit;

import io.keyferry.model.AuditEntry;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is left of the audit log when its topic is removed: {@code <name>.audit.jsonl} beside migration.yaml, a line an entry. */
public final class AuditFile {

    private AuditFile() {}

    /**
     * Returns when the file has the entries too; those that it has already are not written twice.
     *
     * @param file migration.yaml
     */
    public static Path keep(List<AuditEntry> entries, Migration migration, Path file) {
        Path kept = file.toAbsolutePath().resolveSibling(migration.name() + ".audit.jsonl");
        try {
            Set<String> lines = new LinkedHashSet<>(Files.exists(kept) ? Files.readAllLines(kept) : List.of());
            entries.forEach(entry -> lines.add(new String(entry.value(), StandardCharsets.UTF_8)));
            // all of it or nothing, whenever this ends
            Path written = kept.resolveSibling(kept.getFileName() + ".new");
            Files.write(written, lines);
            return Files.move(written, kept, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new KeyFerryException(
                    "The audit log cannot be written to " + kept + ": " + e.getMessage() + ". Nothing was removed.", e);
        }
    }
}
