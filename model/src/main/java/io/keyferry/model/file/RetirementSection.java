package io.keyferry.model.file;

import io.keyferry.model.Migration;
import io.keyferry.model.Retirement;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads {@code retirement}. */
final class RetirementSection {

    static final String EXPECTED = "a mapping with backups, applicationRoles or acknowledged";

    private static final String BACKUPS = "a list of mappings with what and until, or an empty list, which means none";
    private static final String DAY = "a day such as 2027-01-31";
    private static final String ROLES = "a list of ARNs of IAM roles, such as arn:aws:iam::111122223333:role/app";
    private static final String ACKNOWLEDGED = "a list of " + Retirement.APPLICATION_ROLES
            + " and of columns that are not migrated, each as schema.table.column";

    private static final Pattern ROLE = Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{12}:role/[\\w+=,.@/-]{1,576}");
    private static final String PART = "(\"([^\"]|\"\")+\"|[^\".\\s]+)";
    private static final Pattern ACKNOWLEDGEABLE =
            Pattern.compile(Retirement.APPLICATION_ROLES + "|" + PART + "\\." + PART + "\\.\\S(.*\\S)?");

    private RetirementSection() {}

    static Retirement read(Section retirement, List<Migration.Table> tables) {
        Optional<List<Retirement.Backup>> backups =
                retirement.optional("backups").map(RetirementSection::backups);
        List<String> roles = retirement
                .optional("applicationRoles")
                .map(list -> Checked.distinct(list, ROLES, value -> Checked.text(value, ROLE, ROLES)))
                .orElse(List.of());
        Set<String> migrated = tables.stream()
                .flatMap(table -> table.columns().stream().map(column -> table.name() + "." + column.name()))
                .collect(Collectors.toSet());
        List<String> acknowledged = retirement
                .optional("acknowledged")
                .map(list -> Checked.distinct(list, ACKNOWLEDGED, value -> acknowledged(value, migrated)))
                .orElse(List.of());
        retirement.noOtherKeys();
        return new Retirement(backups, roles, new HashSet<>(acknowledged));
    }

    private static List<Retirement.Backup> backups(Value list) {
        List<Retirement.Backup> backups = new ArrayList<>();
        for (Value element : list.listOrNone(BACKUPS)) {
            element.section("a mapping with what and until")
                    .flatMap(RetirementSection::backup)
                    .ifPresent(backups::add);
        }
        return backups;
    }

    private static Optional<Retirement.Backup> backup(Section backup) {
        String expected = "what still needs the old key, such as RDS snapshots, kept for 35 days";
        Optional<String> what = backup.required("what", expected).flatMap(value -> value.text(expected));
        Optional<LocalDate> until = backup.required("until", "the last day of its retention, " + DAY)
                .flatMap(RetirementSection::day);
        backup.noOtherKeys();
        return what.flatMap(text -> until.map(day -> new Retirement.Backup(text, day)));
    }

    private static Optional<LocalDate> day(Value value) {
        return value.text(DAY).flatMap(text -> {
            try {
                return Optional.of(LocalDate.parse(text));
            } catch (DateTimeParseException e) {
                value.wrong("is no day", DAY);
                return Optional.empty();
            }
        });
    }

    private static Optional<String> acknowledged(Value value, Set<String> migrated) {
        return Checked.text(value, ACKNOWLEDGEABLE, ACKNOWLEDGED).filter(text -> {
            boolean other = !migrated.contains(text);
            if (!other) {
                value.wrong("is a column of tables, which is migrated", ACKNOWLEDGED);
            }
            return other;
        });
    }
}
