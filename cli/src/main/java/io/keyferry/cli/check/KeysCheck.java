package io.keyferry.cli.check;

import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyService;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.util.Optional;

/** Whether the keys exist, are enabled, and are where a failover needs them. */
final class KeysCheck {

    private final Migration.Keys keys;
    private final KeyService kms;
    private final Findings findings;

    KeysCheck(Migration.Keys keys, KeyService kms, Findings findings) {
        this.keys = keys;
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
        findings.warning(
                "key",
                "KeyFerry cannot see whether your application may decrypt under the target key",
                "its roles need kms:Decrypt on " + keys.target()
                        + " and its replicas, in every Region they run in, before" + " the first run");
        return usable && target.isPresent();
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
