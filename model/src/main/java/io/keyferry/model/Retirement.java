package io.keyferry.model;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What only its operators know of whether a migration's source keys can go.
 *
 * @param backups what still needs them; empty where nobody has said, which is not the same as none
 * @param applicationRoles ARNs of the IAM roles that the application decrypts with
 * @param acknowledged what has been looked at by hand: {@link #APPLICATION_ROLES}, and columns outside of migration.yaml by
 *     {@code schema.table.column}
 */
public record Retirement(Optional<List<Backup>> backups, List<String> applicationRoles, Set<String> acknowledged) {

    /** That the application's roles may decrypt under the target key, in every Region. */
    public static final String APPLICATION_ROLES = "application-roles";

    public static final Retirement NONE = new Retirement(Optional.empty(), List.of(), Set.of());

    public Retirement {
        backups = backups.map(List::copyOf);
        applicationRoles = List.copyOf(applicationRoles);
        acknowledged = Set.copyOf(acknowledged);
    }

    /**
     * A copy of old values.
     *
     * @param what in the operators' words
     * @param until the last day, in UTC, on which it may be read or restored
     */
    public record Backup(String what, LocalDate until) {}

    public boolean acknowledges(String what) {
        return acknowledged.contains(what);
    }
}
