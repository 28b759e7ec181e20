package io.keyferry.cli.verify;

import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyService;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** KMS in every Region of a verification, each with a rate of its own, as its quota is. Safe for many threads. */
final class RegionalKeys implements AutoCloseable {

    private final Migration.Keys keys;
    private final Method method;
    private final Map<String, KmsTrouble> troubles = new LinkedHashMap<>();
    private final Map<String, KmsConnection> connections = new LinkedHashMap<>();
    /** Whom to ask which key a value is under; in the Region of the source keys. */
    private final KmsConnection home;

    /** @param maxRequestsPerSecond in each Region */
    RegionalKeys(Migration.Keys keys, List<String> regions, Method method, int maxRequestsPerSecond) {
        this.keys = keys;
        this.method = method;
        regions.forEach(region -> connections.put(region, open(region, maxRequestsPerSecond)));
        home = connections.containsKey(keys.region())
                ? connections.get(keys.region())
                : open(keys.region(), maxRequestsPerSecond);
    }

    private KmsConnection open(String region, int maxRequestsPerSecond) {
        KmsTrouble trouble = new KmsTrouble();
        troubles.put(region, trouble);
        return KeyServices.open(KmsAccess.ofEnvironment(region), maxRequestsPerSecond, trouble);
    }

    List<String> regions() {
        return List.copyOf(connections.keySet());
    }

    /** The target key as it is called in a Region. */
    String key(String region) {
        return region.equals(keys.region()) ? keys.target() : keys.replica(region);
    }

    /**
     * Looks at the key in every Region.
     *
     * @throws KeyFerryException with all Regions where it cannot be used
     */
    void requireUsable() {
        List<String> problems = new ArrayList<>();
        connections.forEach((region, kms) -> {
            try {
                KeyDescription key = KmsAnswer.of(kms.withoutRetries().describe(key(region)));
                if (!key.isEnabled()) {
                    problems.add(region + ": " + key.arn() + " is " + key.state() + ". Enable it: aws kms enable-key"
                            + " --region " + region + " --key-id " + key.arn());
                }
            } catch (KeyFerryException e) {
                problems.add(region + ": " + e.getMessage());
            }
        });
        if (!problems.isEmpty()) {
            throw new KeyFerryException("The target key cannot be used in every Region, so that no value there could be"
                    + " decrypted:\n  " + String.join("\n  ", problems) + "\nNothing was verified.");
        }
    }

    /** Has the Region show that it can read a ciphertext under the target key, and forgets what it read. */
    CompletableFuture<Void> read(String region, byte[] ciphertext, Map<String, String> context) {
        KeyService kms = connections.get(region).service();
        return method == Method.DECRYPT
                ? kms.decrypt(ciphertext, key(region), context)
                        .thenAccept(plaintext -> Arrays.fill(plaintext, (byte) 0))
                : kms.reEncrypt(ciphertext, key(region), key(region), context).thenAccept(forgotten -> {});
    }

    KeyService home() {
        return home.service();
    }

    long requests() {
        long requests = connections.values().stream()
                .mapToLong(kms -> kms.metrics().requests())
                .sum();
        return connections.containsValue(home)
                ? requests
                : requests + home.metrics().requests();
    }

    /** What is wrong with KMS now, in words. */
    List<String> trouble() {
        return troubles.entrySet().stream()
                .flatMap(region -> region.getValue().lasting().stream().map(text -> region.getKey() + ": " + text))
                .toList();
    }

    @Override
    public void close() {
        connections.values().forEach(KmsConnection::close);
        if (!connections.containsValue(home)) {
            home.close();
        }
    }
}
