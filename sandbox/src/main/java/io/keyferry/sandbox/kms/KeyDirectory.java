package io.keyferry.sandbox.kms;

import java.time.Clock;
import java.util.regex.Pattern;

/** Finds keys by id, ARN, alias name and alias ARN, in one account and in the Region of the call. */
final class KeyDirectory {

    private static final Pattern KEY_ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}");

    private final String account;
    private final VaultKeeper keeper;
    private final Clock clock;

    KeyDirectory(String account, VaultKeeper keeper, Clock clock) {
        this.account = account;
        this.keeper = keeper;
        this.clock = clock;
    }

    String account() {
        return account;
    }

    String keyArn(String region, String id) {
        return arn(region, "key/" + id);
    }

    String aliasArn(String region, String name) {
        return arn(region, name);
    }

    private String arn(String region, String resource) {
        return "arn:aws:kms:" + region + ":" + account + ":" + resource;
    }

    /** A key by anything that names it. */
    Key find(String region, String name) {
        String resource = resource(region, name);
        return resource.startsWith("alias/") ? byAlias(region, resource) : byId(region, resource, name);
    }

    /** A key by id or ARN, as operations want it that change a key. */
    Key findWithoutAlias(String region, String name) {
        String resource = resource(region, name);
        if (resource.startsWith("alias/")) {
            throw invalidKeyId(name);
        }
        return byId(region, resource, name);
    }

    /** Whether the Region has the key; it may be there and still be of no use. */
    boolean exists(String region, String id) {
        Key key = keeper.vault().keys().get(keyArn(region, id));
        return key != null && key.existsAt(clock.instant());
    }

    /** The key of an id that is known to be one. */
    Key byId(String region, String id) {
        String arn = keyArn(region, id);
        Key key = keeper.vault().keys().get(arn);
        if (key == null || !key.existsAt(clock.instant())) {
            throw AwsException.notFound("Key '" + arn + "' does not exist");
        }
        return key;
    }

    private Key byId(String region, String id, String name) {
        if (!KEY_ID.matcher(id).matches()) {
            throw invalidKeyId(name);
        }
        return byId(region, id);
    }

    private Key byAlias(String region, String aliasName) {
        String arn = aliasArn(region, aliasName);
        Alias alias = keeper.vault().aliases().get(arn);
        if (alias == null) {
            throw AwsException.notFound("Alias " + arn + " is not found.");
        }
        return byId(region, alias.keyId());
    }

    /** A name without what an ARN has ahead of it: a key id, or alias/…. */
    private String resource(String region, String name) {
        if (!name.startsWith("arn:")) {
            return name;
        }
        String[] parts = name.split(":", 6);
        if (parts.length < 6 || !parts[2].equals("kms")) {
            throw AwsException.notFound("Invalid arn " + name);
        }
        if (!parts[3].equals(region)) {
            throw AwsException.notFound("Invalid arn " + parts[3]);
        }
        if (!parts[4].equals(account)) {
            throw new AwsException(
                    "AccessDeniedException",
                    "The key " + name + " belongs to another account, which this KMS does not have.");
        }
        if (parts[5].startsWith("key/")) {
            return parts[5].substring("key/".length());
        }
        if (parts[5].startsWith("alias/")) {
            return parts[5];
        }
        throw AwsException.notFound("Invalid arn " + name);
    }

    private static AwsException invalidKeyId(String name) {
        return AwsException.notFound("Invalid keyId '" + name + "'");
    }
}
