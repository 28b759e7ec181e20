package io.keyferry.cli.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

/**
 * Makes sure that the demo's keys and the secret with the database's login are there, by alias and name, where the AWS
 * SDK's own configuration points. Used by one thread.
 */
public final class DemoProvisioning implements AutoCloseable {

    private static final String SOURCE_ALIAS = "alias/keyferry-demo-source";
    private static final String TARGET_ALIAS = "alias/keyferry-demo-target";
    private static final String SECRET = "keyferry-demo-database";
    private static final Duration REPLICATION = Duration.ofMinutes(2);

    private final String region;
    private final String replicaRegion;
    private final SdkHttpClient http = UrlConnectionHttpClient.create();
    private final KmsClient kms;
    private final KmsClient second;
    private final SecretsManagerClient secrets;

    public DemoProvisioning(String region, String replicaRegion) {
        this.region = region;
        this.replicaRegion = replicaRegion;
        this.kms =
                KmsClient.builder().region(Region.of(region)).httpClient(http).build();
        this.second = KmsClient.builder()
                .region(Region.of(replicaRegion))
                .httpClient(http)
                .build();
        this.secrets = SecretsManagerClient.builder()
                .region(Region.of(region))
                .httpClient(http)
                .build();
    }

    /** The keys, made where there are none; returns once the replica can be used. */
    public DemoKeys keys() throws InterruptedException {
        try {
            KeyMetadata source = ensure(SOURCE_ALIAS, false);
            KeyMetadata target = ensure(TARGET_ALIAS, true);
            if (target.multiRegionConfiguration().replicaKeys().stream()
                    .noneMatch(replica -> replica.region().equals(replicaRegion))) {
                kms.replicateKey(request -> request.keyId(target.arn()).replicaRegion(replicaRegion));
            }
            String replica = target.arn().replace(":" + region + ":", ":" + replicaRegion + ":");
            awaitEnabled(replica);
            return new DemoKeys(source.arn(), target.arn(), replica);
        } catch (SdkException e) {
            throw new DemoException("The demo's keys cannot be made: " + e.getMessage(), e);
        }
    }

    private KeyMetadata ensure(String alias, boolean multiRegion) {
        try {
            return kms.describeKey(request -> request.keyId(alias)).keyMetadata();
        } catch (NotFoundException none) {
            KeyMetadata key = kms.createKey(request ->
                            request.description("Made by keyferry demo seed").multiRegion(multiRegion))
                    .keyMetadata();
            kms.createAlias(request -> request.aliasName(alias).targetKeyId(key.keyId()));
            return key;
        }
    }

    private void awaitEnabled(String replica) throws InterruptedException {
        long end = System.nanoTime() + REPLICATION.toNanos();
        while (true) {
            KeyState state = second.describeKey(request -> request.keyId(replica))
                    .keyMetadata()
                    .keyState();
            if (state == KeyState.ENABLED) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new DemoException("The replica " + replica + " is still " + state + ". Run it again.", null);
            }
            Thread.sleep(500);
        }
    }

    /** ARN of the secret that holds this login afterwards, as RDS keeps one. */
    public String secret(String user, String password) {
        String text = JsonNodeFactory.instance
                .objectNode()
                .put("username", user)
                .put("password", password)
                .toString();
        try {
            return put(text);
        } catch (SdkException e) {
            throw new DemoException("The secret " + SECRET + " cannot be made: " + e.getMessage(), e);
        }
    }

    private String put(String text) {
        try {
            return secrets.putSecretValue(request -> request.secretId(SECRET).secretString(text))
                    .arn();
        } catch (ResourceNotFoundException none) {
            return secrets.createSecret(request -> request.name(SECRET).secretString(text))
                    .arn();
        }
    }

    @Override
    public void close() {
        kms.close();
        second.close();
        secrets.close();
        http.close();
    }
}
