package io.keyferry.cli.report;

import io.keyferry.cli.init.DatabaseScan;
import java.util.ArrayList;
import java.util.List;

/** What a report cannot see, whatever its verdict: why a key is disabled and watched before it is deleted. */
final class Unseen {

    private Unseen() {}

    static List<String> of(Evidence evidence, Verdict verdict) {
        List<String> unseen = new ArrayList<>();
        if (!evidence.changesAreRead()) {
            unseen.add("What the application has written"
                    + verdict.asOf().map(time -> " since " + time).orElse("")
                    + ": no keyferry run is at work that would read it.");
        }
        unseen.add("Copies outside of this database: backups and snapshots that migration.yaml does not state, exports,"
                + " caches, subscribers of logical replication, and other databases.");
        unseen.add("Transactions on standbys: they cannot write, but what they read may be written elsewhere.");
        unseen.add("Ciphertext that is not a column's whole value (in JSON, in arrays), and rows beyond the sample of "
                + DatabaseScan.VALUES + " values of each other column.");
        evidence.otherColumns().notTold().forEach(column -> unseen.add("Other columns: " + column + "."));
        unseen.add(
                "Who else uses the source keys: KMS tells when a key was last used, and by CloudTrail who did. Grants and"
                        + " aliases are listed as they are now; key policies are not read.");
        evidence.keys().forEach(key -> key.notTold().forEach(why -> unseen.add("KMS: " + why)));
        return unseen;
    }
}
