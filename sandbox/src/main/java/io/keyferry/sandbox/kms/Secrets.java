package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The operations of Secrets Manager: a secret's newest value is current, the one before it previous. */
final class Secrets {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9/_+=.@!-]+");
    private static final int MAX_VALUE = 65536;
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final String account;
    private final VaultKeeper keeper;
    private final Clock clock;
    private final SecureRandom random;

    Secrets(String account, VaultKeeper keeper, Clock clock, SecureRandom random) {
        this.account = account;
        this.keeper = keeper;
        this.clock = clock;
        this.random = random;
    }

    Map<String, Operation> operations() {
        return Map.of("CreateSecret", this::create, "GetSecretValue", this::get, "PutSecretValue", this::put);
    }

    private ObjectNode create(AwsRequest request) {
        Parameters parameters = request.parameters();
        String name = parameters.requiredText("Name", 512);
        if (!NAME.matcher(name).matches()) {
            throw new AwsException(
                    "ValidationException",
                    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following:"
                            + " -/_+=.@!");
        }
        List<Secret.Version> versions =
                value(parameters, List.of(Secret.CURRENT)).stream().toList();
        Secret secret = create(request.region(), name, versions);
        ObjectNode answer =
                JsonNodeFactory.instance.objectNode().put("ARN", secret.arn()).put("Name", name);
        versions.forEach(version -> answer.put("VersionId", version.id()));
        return answer;
    }

    /** Creates a secret that holds a text. */
    Secret create(String region, String name, String text) {
        String id = UUID.randomUUID().toString();
        return create(
                region, name, List.of(new Secret.Version(id, text, null, List.of(Secret.CURRENT), clock.millis())));
    }

    private Secret create(String region, String name, List<Secret.Version> versions) {
        String arn = "arn:aws:secretsmanager:" + region + ":" + account + ":secret:" + name + "-" + suffix();
        Secret secret = new Secret(arn, name, region, versions);
        keeper.change(vault -> {
            if (find(region, name).isPresent()) {
                throw new AwsException(
                        "ResourceExistsException",
                        "The operation failed because the secret " + name + " already exists.");
            }
            return vault.with(secret);
        });
        return secret;
    }

    private ObjectNode get(AwsRequest request) {
        Parameters parameters = request.parameters();
        Secret secret = required(request);
        Optional<String> id = parameters.text("VersionId", 64);
        Optional<String> stage = parameters.text("VersionStage", 256);
        String wantedStage = stage.orElse(Secret.CURRENT);
        Secret.Version version = secret.versions().stream()
                .filter(v -> id.isEmpty() || v.id().equals(id.get()))
                .filter(v -> id.isPresent() && stage.isEmpty() || v.stages().contains(wantedStage))
                .findFirst()
                .orElseThrow(() -> notFound(
                        id.isPresent()
                                ? "Secrets Manager can't find the specified secret value for VersionId: " + id.get()
                                : "Secrets Manager can't find the specified secret value for staging label: "
                                        + wantedStage));
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("ARN", secret.arn())
                .put("Name", secret.name())
                .put("VersionId", version.id())
                .put("CreatedDate", KeyMetadata.seconds(version.createdAt()));
        if (version.text() != null) {
            answer.put("SecretString", version.text());
        } else {
            answer.put("SecretBinary", version.binary());
        }
        stages(answer, version);
        return answer;
    }

    private ObjectNode put(AwsRequest request) {
        Parameters parameters = request.parameters();
        List<String> stages = parameters.texts("VersionStages").orElse(List.of(Secret.CURRENT));
        Secret.Version version = value(parameters, stages)
                .orElseThrow(() -> new AwsException(
                        "InvalidRequestException", "You must provide either SecretString or SecretBinary."));
        Secret secret = required(request);
        put(secret, version);
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("ARN", secret.arn())
                .put("Name", secret.name())
                .put("VersionId", version.id());
        stages(answer, version);
        return answer;
    }

    boolean isCurrent(Secret secret, String text) {
        return secret.versions().stream()
                .anyMatch(version -> version.stages().contains(Secret.CURRENT) && text.equals(version.text()));
    }

    /** Makes a text the current value. */
    void put(Secret secret, String text) {
        String id = UUID.randomUUID().toString();
        put(secret, new Secret.Version(id, text, null, List.of(Secret.CURRENT), clock.millis()));
    }

    private void put(Secret secret, Secret.Version version) {
        keeper.change(vault -> {
            Secret now = vault.secrets().get(secret.arn());
            Optional<Secret.Version> same = now.versions().stream()
                    .filter(v -> v.id().equals(version.id()))
                    .findFirst();
            if (same.isPresent()) {
                requireSameValue(now, same.get(), version);
                return vault;
            }
            List<Secret.Version> versions = new ArrayList<>();
            now.versions().forEach(v -> versions.add(v.with(moved(v.stages(), version.stages()))));
            // Like AWS, forget what no stage names any more.
            versions.removeIf(v -> v.stages().isEmpty());
            versions.add(version);
            return vault.with(new Secret(now.arn(), now.name(), now.region(), versions));
        });
    }

    /** The stages an older version keeps: each stage is on one version, and what was current becomes previous. */
    private static List<String> moved(List<String> old, List<String> taken) {
        List<String> stages = new ArrayList<>(old);
        boolean replaced = taken.contains(Secret.CURRENT);
        if (replaced) {
            stages.remove(Secret.PREVIOUS);
        }
        stages.removeAll(taken);
        if (replaced && old.contains(Secret.CURRENT)) {
            stages.add(Secret.PREVIOUS);
        }
        return stages;
    }

    private static void requireSameValue(Secret secret, Secret.Version there, Secret.Version put) {
        if (!Objects.equals(there.text(), put.text()) || !Objects.equals(there.binary(), put.binary())) {
            throw new AwsException(
                    "ResourceExistsException",
                    "You can't use ClientRequestToken " + put.id()
                            + " because that value is already in use for a version of secret " + secret.arn() + ".");
        }
    }

    private Optional<Secret.Version> value(Parameters parameters, List<String> stages) {
        Optional<String> text = parameters.text("SecretString");
        Optional<byte[]> binary = parameters.bytes("SecretBinary");
        if (text.isPresent() && binary.isPresent()) {
            throw new AwsException(
                    "InvalidParameterException", "You can't specify both a binary secret value and a string.");
        }
        if (text.isEmpty() && binary.isEmpty()) {
            return Optional.empty();
        }
        if (text.map(String::length).orElseGet(() -> binary.get().length) > MAX_VALUE) {
            throw new AwsException("ValidationException", "The secret value is longer than " + MAX_VALUE + ".");
        }
        String id = parameters
                .text("ClientRequestToken", 64)
                .orElseGet(() -> UUID.randomUUID().toString());
        String base64 = binary.map(Base64.getEncoder()::encodeToString).orElse(null);
        return Optional.of(new Secret.Version(id, text.orElse(null), base64, stages, clock.millis()));
    }

    private Secret required(AwsRequest request) {
        return find(request.region(), request.parameters().requiredText("SecretId", 2048))
                .orElseThrow(() -> notFound("Secrets Manager can't find the specified secret."));
    }

    /** A secret by name, by ARN, or by ARN without the six characters at its end. */
    Optional<Secret> find(String region, String id) {
        return keeper.vault().secrets().values().stream()
                .filter(secret -> secret.region().equals(region))
                .filter(secret -> secret.name().equals(id)
                        || secret.arn().equals(id)
                        || secret.arn().substring(0, secret.arn().length() - 7).equals(id))
                .findFirst();
    }

    private static void stages(ObjectNode answer, Secret.Version version) {
        var stages = answer.putArray("VersionStages");
        version.stages().forEach(stages::add);
    }

    private static AwsException notFound(String message) {
        return new AwsException("ResourceNotFoundException", message);
    }

    private String suffix() {
        StringBuilder suffix = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            suffix.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return suffix.toString();
    }
}
