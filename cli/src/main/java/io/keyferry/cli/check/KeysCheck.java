package io.keyferry.cli.check;

import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyService;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Retirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the keys exist, are enabled, and are where a failover needs them. */
final class KeysCheck {

    private final Migration.Keys keys;
    private final Retirement retirement;
    private final KeyService kms;
    private final Findings findings;

    KeysCheck(Migration migration, KeyService kms, Findings findings) {
        keys = migration.keys();
        retirement = migration.retirement();
        this.kms = kms;
        this.findings = findings;
    }

    /** Whether values can be tried. */
    boolean run() {
        boolean usable = true;
        for (String source : keys.source()) {
            usable &= enabled("source key", source).isPresent();
        }
        Optional<KeyDescription> target = enabled("target key", keys.target());
        target.ifPresent(this::regions);
        applicationRoles();
        return usable && target.isPresent();
    }

    /** What a role may do is decided by its policies, the keys' and the organisation's together: nobody can tell from here. */
    private void applicationRoles() {
        List<String> everywhere = new ArrayList<>(List.of(keys.target()));
        keys.replicas().forEach(region -> everywhere.add(keys.replica(region)));
        String who = retirement.applicationRoles().isEmpty()
                ? "your application"
                : String.join(", ", retirement.applicationRoles());
        if (retirement.acknowledges(Retirement.APPLICATION_ROLES)) {
            findings.good("key", "retirement.acknowledged says that " + who + " may decrypt under the target key");
            return;
        }
        StringBuilder cure = new StringBuilder(
                "kms:Decrypt is needed on " + String.join(" and ", everywhere) + ", before the first run");
        for (String role : retirement.applicationRoles()) {
            cure.append("\naws iam simulate-principal-policy --action-names kms:Decrypt --policy-source-arn " + role
                    + " --resource-arns " + String.join(" ", everywhere));
        }
        cure.append(
                retirement.applicationRoles().isEmpty()
                        ? "\nname its roles under retirement.applicationRoles"
                        : "\n(a simulation does not see key policies: decrypt one value by hand with each role, in each Region)");
        cure.append("; then add " + Retirement.APPLICATION_ROLES + " to retirement.acknowledged");
        findings.warning(
                "key",
                "to be acknowledged: KeyFerry cannot see whether " + who + " may decrypt under the target key",
                cure.toString());
    }

    private void regions(KeyDescription target) {
        if (!target.multiRegion()) {
            findings.misfit(
                    "key",
                    "target key " + target.arn() + " is not a multi-Region key",
                    "no other Region could decrypt what is encrypted under it: aws kms create-key --multi-region");
            return;
        }
        for (String region : keys.replicas()) {
            if (target.regions().contains(region)) {
                enabled("replica", keys.replica(region));
            } else {
                findings.misfit(
                        "key",
                        "the target key has no replica in " + region,
                        "aws kms replicate-key --region " + keys.region() + " --key-id " + target.arn()
                                + " --replica-region " + region);
            }
        }
        if (keys.replicas().isEmpty()) {
            findings.warning(
                    "key",
                    "keys.replicas names no Region",
                    "without a replica no other Region can decrypt: make one, and name it");
        }
    }

    private Optional<KeyDescription> enabled(String role, String arn) {
        KeyDescription key;
        try {
            key = KmsAnswer.of(kms.describe(arn));
        } catch (KeyFerryException e) {
            findings.bad("key", role + " " + arn + " cannot be looked at", e.getMessage());
            return Optional.empty();
        }
        if (!key.isEnabled()) {
            findings.bad(
                    "key",
                    role + " " + arn + " is " + key.state(),
                    "aws kms enable-key --region " + arn.split(":")[3] + " --key-id " + arn);
            return Optional.empty();
        }
        findings.good("key", role + " " + arn + " is enabled");
        return Optional.of(key);
    }
}
