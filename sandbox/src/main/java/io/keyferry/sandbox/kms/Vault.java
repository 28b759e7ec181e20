package io.keyferry.sandbox.kms;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything the KMS keeps, in every Region; never changed, only replaced.
 *
 * @param keys by ARN
 * @param materials by key id, oldest first: a multi-Region key and its replicas have one id, and so the same material
 * @param aliases by ARN
 * @param secrets by ARN
 * @param grants by id; what was stored before there were any has none
 */
record Vault(
        Map<String, Key> keys,
        Map<String, List<KeyMaterial>> materials,
        Map<String, Alias> aliases,
        Map<String, Secret> secrets,
        Map<String, Grant> grants) {

    static final Vault EMPTY = new Vault(Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

    Vault {
        keys = ordered(keys);
        materials = ordered(materials);
        aliases = ordered(aliases);
        secrets = ordered(secrets);
        grants = ordered(grants == null ? Map.of() : grants);
    }

    Vault with(Key key) {
        return new Vault(plus(keys, key.arn(), key), materials, aliases, secrets, grants);
    }

    /** Adds material that new ciphertext is made with from now on. */
    Vault with(String keyId, KeyMaterial material) {
        List<KeyMaterial> generations = new ArrayList<>(materials.getOrDefault(keyId, List.of()));
        generations.add(material);
        return new Vault(keys, plus(materials, keyId, List.copyOf(generations)), aliases, secrets, grants);
    }

    Vault with(Alias alias) {
        return new Vault(keys, materials, plus(aliases, alias.arn(), alias), secrets, grants);
    }

    Vault with(Secret secret) {
        return new Vault(keys, materials, aliases, plus(secrets, secret.arn(), secret), grants);
    }

    Vault with(Grant grant) {
        return new Vault(keys, materials, aliases, secrets, plus(grants, grant.id(), grant));
    }

    Vault without(Grant grant) {
        Map<String, Grant> left = new LinkedHashMap<>(grants);
        left.remove(grant.id());
        return new Vault(keys, materials, aliases, secrets, left);
    }

    /** The material that new ciphertext of a key is made with. */
    KeyMaterial currentMaterial(Key key) {
        List<KeyMaterial> generations = materials.get(key.id());
        return generations.get(generations.size() - 1);
    }

    /** A multi-Region key with its replicas, the primary first; any other key alone. */
    List<Key> family(Key key) {
        return keys.values().stream()
                .filter(other -> other.id().equals(key.id()))
                .sorted((a, b) -> Boolean.compare(b.isPrimary(), a.isPrimary()))
                .toList();
    }

    private static <V> Map<String, V> plus(Map<String, V> map, String name, V value) {
        Map<String, V> result = new LinkedHashMap<>(map);
        result.put(name, value);
        return result;
    }

    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
