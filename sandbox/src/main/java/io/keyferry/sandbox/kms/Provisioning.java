package io.keyferry.sandbox.kms;

import java.util.Map;
import java.util.Optional;

/** Makes sure that keys and secrets are there, by name, so that a second start finds what the first one made. */
public final class Provisioning {

    private final VaultKeeper keeper;
    private final KeyDirectory directory;
    private final Keys keys;
    private final Aliases aliases;
    private final Secrets secrets;
    private final Cryptography cryptography;

    Provisioning(
            VaultKeeper keeper,
            KeyDirectory directory,
            Keys keys,
            Aliases aliases,
            Secrets secrets,
            Cryptography cryptography) {
        this.keeper = keeper;
        this.directory = directory;
        this.keys = keys;
        this.aliases = aliases;
        this.secrets = secrets;
        this.cryptography = cryptography;
    }

    /** The ARN of the single-Region key that the alias names; made with its alias where there is none. */
    public synchronized String key(String region, String alias) {
        return ensure(region, alias, false).arn();
    }

    /** The ARN of the multi-Region key that the alias names; made with its alias and a replica where there is none. */
    public synchronized String multiRegionKey(String region, String alias, String replicaRegion) {
        Key primary = ensure(region, alias, true);
        if (!directory.exists(replicaRegion, primary.id())) {
            keys.replicate(primary, replicaRegion, primary.description());
        }
        Key replica = directory.byId(replicaRegion, primary.id());
        if (!keeper.vault().aliases().containsKey(directory.aliasArn(replicaRegion, alias))) {
            aliases.create(replica, alias);
        }
        return primary.arn();
    }

    private Key ensure(String region, String alias, boolean multiRegion) {
        if (keeper.vault().aliases().containsKey(directory.aliasArn(region, alias))) {
            return directory.find(region, alias);
        }
        Key key = keys.create(region, "Made by the KeyFerry sandbox", multiRegion);
        aliases.create(key, alias);
        return key;
    }

    /**
     * Ciphertext under a key, as Encrypt gives it: for filling tables, without a request for every value.
     *
     * @param key ARN of a key
     * @throws AwsException where the key cannot be used
     */
    public byte[] encrypt(String key, byte[] plaintext, Map<String, String> context) {
        return cryptography.encrypt(key, plaintext, new EncryptionContext(context));
    }

    /** The ARN of a secret, whose current value is the given text afterwards. */
    public synchronized String secret(String region, String name, String text) {
        Optional<Secret> there = secrets.find(region, name);
        if (there.isEmpty()) {
            return secrets.create(region, name, text).arn();
        }
        if (!secrets.isCurrent(there.get(), text)) {
            secrets.put(there.get(), text);
        }
        return there.get().arn();
    }
}
