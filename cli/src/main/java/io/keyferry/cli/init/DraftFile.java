package io.keyferry.cli.init;

import io.keyferry.model.TableName;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The text of the migration.yaml, in which what is not certain is commented out with the reason. */
final class DraftFile {

    private final StringBuilder text = new StringBuilder();
    private boolean any;

    /** @param replicas Regions in which the target key is too */
    DraftFile(
            String name,
            String url,
            List<String> credentials,
            String region,
            List<String> sources,
            String target,
            List<String> replicas) {
        text.append("# Made by keyferry init from a sample of the database: read it before you run it.\n");
        text.append("name: ")
                .append(quoted(name))
                .append("\ndatabase:\n  url: ")
                .append(quoted(url));
        text.append("\n  credentials:\n");
        credentials.forEach(line -> text.append("    ").append(line).append('\n'));
        text.append("keys:\n  region: ").append(quoted(region)).append("\n  source: [");
        text.append(sources.stream().map(DraftFile::quoted).collect(Collectors.joining(", ")));
        text.append("]\n  target: ").append(quoted(target)).append('\n');
        text.append(
                replicas.isEmpty()
                        ? "  # replicas: []   the target key has none yet: no other Region can decrypt\n"
                        : "  replicas: [" + String.join(", ", replicas) + "]\n");
        text.append("tables:\n");
    }

    /** @param problem why the table cannot be migrated as it is; null where it can */
    void table(TableName table, String rowKey, String problem, List<Finding> columns) {
        boolean out = problem != null || columns.stream().noneMatch(Finding::confirmed);
        any |= !out;
        String mark = out ? "  # " : "  ";
        if (problem != null) {
            problem.lines()
                    .forEach(line ->
                            text.append("  # NOT MIGRATED: ").append(line).append('\n'));
        }
        text.append(mark).append("- table: ").append(quoted(table.toString())).append('\n');
        if (rowKey != null) {
            text.append(mark).append("  rowKey: ").append(quoted(rowKey)).append('\n');
        }
        text.append(mark).append("  columns:\n");
        columns.forEach(column -> column(column, out));
    }

    private void column(Finding finding, boolean tableOut) {
        FoundColumn column = finding.column();
        text.append("      # ").append(finding.summary()).append('\n');
        String mark = tableOut || !finding.confirmed() ? "  #     " : "      ";
        if (!finding.confirmed()) {
            text.append("      # FILL IN: ").append(finding.answer().remark()).append('\n');
        }
        text.append(mark).append("- column: ").append(quoted(column.column())).append('\n');
        text.append(mark)
                .append("  encoding: ")
                .append(column.encoding().word())
                .append('\n');
        if (!finding.context().isEmpty()) {
            text.append(mark).append("  context: {");
            text.append(finding.context().entrySet().stream()
                    .map(entry -> quoted(entry.getKey()) + ": " + quoted(entry.getValue()))
                    .collect(Collectors.joining(", ")));
            text.append("}\n");
        }
    }

    /** Whether a run would have anything to migrate. */
    boolean isComplete() {
        return any;
    }

    String text() {
        return text.toString();
    }

    static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** A column with what KMS said of it. */
    record Finding(FoundColumn column, Map<String, String> context, KeyQuestion.Answer answer) {

        boolean confirmed() {
            return answer.confirmed();
        }

        String summary() {
            return column.kms() + " of " + column.sampled() + " sampled values are KMS ciphertext"
                    + (column.elsewhere() > 0 ? ", and " + column.elsewhere() + " in another encoding" : "")
                    + (column.sdk() > 0 ? ", " + column.sdk() + " AWS Encryption SDK messages" : "");
        }
    }
}
