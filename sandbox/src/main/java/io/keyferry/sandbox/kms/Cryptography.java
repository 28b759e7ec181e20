package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The operations that encrypt and decrypt. */
final class Cryptography {

    private static final int MAX_PLAINTEXT = 4096;
    private static final int MAX_CIPHERTEXT = 6144;
    private static final int MAX_KEY_ID = 2048;
    private static final String SYMMETRIC = "SYMMETRIC_DEFAULT";
    private static final List<String> ALGORITHMS =
            List.of("SM2PKE", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", SYMMETRIC);
    private static final Map<String, Integer> DATA_KEY_LENGTHS = Map.of("AES_128", 16, "AES_256", 32);

    private final VaultKeeper keeper;
    private final KeyDirectory directory;
    private final Clock clock;
    private final SecureRandom random;
    private final MaterialCipher cipher;

    Cryptography(VaultKeeper keeper, KeyDirectory directory, Clock clock, SecureRandom random) {
        this.keeper = keeper;
        this.directory = directory;
        this.clock = clock;
        this.random = random;
        this.cipher = new MaterialCipher(random);
    }

    private record Source(Key key, KeyMaterial material) {}

    Map<String, Operation> operations() {
        return Map.of(
                "Encrypt", this::encrypt,
                "Decrypt", this::decrypt,
                "ReEncrypt", this::reEncrypt,
                "GenerateDataKey", request -> generateDataKey(request, true),
                "GenerateDataKeyWithoutPlaintext", request -> generateDataKey(request, false));
    }

    private ObjectNode encrypt(AwsRequest request) {
        Parameters parameters = request.parameters();
        byte[] plaintext = parameters.requiredBytes("Plaintext", MAX_PLAINTEXT);
        EncryptionContext context = parameters.context("EncryptionContext");
        Key key = usableKey(request, "KeyId", "EncryptionAlgorithm");
        refuseDryRun(parameters);
        KeyMaterial material = keeper.vault().currentMaterial(key);
        return answer().put("CiphertextBlob", cipher.encrypt(material, plaintext, context))
                .put("KeyId", key.arn())
                .put("EncryptionAlgorithm", SYMMETRIC);
    }

    /** Encrypts under a key of any Region, by ARN, without a request. */
    byte[] encrypt(String arn, byte[] plaintext, EncryptionContext context) {
        Key key = directory.find(arn.split(":")[3], arn);
        key.requireUsable(clock.instant());
        return cipher.encrypt(keeper.vault().currentMaterial(key), plaintext, context);
    }

    private ObjectNode decrypt(AwsRequest request) {
        Parameters parameters = request.parameters();
        byte[] ciphertext = parameters.requiredBytes("CiphertextBlob", MAX_CIPHERTEXT);
        EncryptionContext context = parameters.context("EncryptionContext");
        Source source = source(request, ciphertext, "KeyId", "EncryptionAlgorithm");
        byte[] plaintext = cipher.decrypt(source.material(), ciphertext, context);
        refuseDryRun(parameters);
        return answer().put("KeyId", source.key().arn())
                .put("Plaintext", plaintext)
                .put("EncryptionAlgorithm", SYMMETRIC)
                .put("KeyMaterialId", source.material().id());
    }

    private ObjectNode reEncrypt(AwsRequest request) {
        Parameters parameters = request.parameters();
        byte[] ciphertext = parameters.requiredBytes("CiphertextBlob", MAX_CIPHERTEXT);
        EncryptionContext before = parameters.context("SourceEncryptionContext");
        EncryptionContext after = parameters.context("DestinationEncryptionContext");
        parameters.requiredText("DestinationKeyId", MAX_KEY_ID);
        Source source = source(request, ciphertext, "SourceKeyId", "SourceEncryptionAlgorithm");
        Key target = usableKey(request, "DestinationKeyId", "DestinationEncryptionAlgorithm");
        byte[] plaintext = cipher.decrypt(source.material(), ciphertext, before);
        refuseDryRun(parameters);
        KeyMaterial material = keeper.vault().currentMaterial(target);
        return answer().put("CiphertextBlob", cipher.encrypt(material, plaintext, after))
                .put("SourceKeyId", source.key().arn())
                .put("KeyId", target.arn())
                .put("SourceEncryptionAlgorithm", SYMMETRIC)
                .put("DestinationEncryptionAlgorithm", SYMMETRIC)
                .put("SourceKeyMaterialId", source.material().id())
                .put("DestinationKeyMaterialId", material.id());
    }

    private ObjectNode generateDataKey(AwsRequest request, boolean withPlaintext) {
        Parameters parameters = request.parameters();
        OptionalInt bytes = parameters.integer("NumberOfBytes", 1, 1024);
        Optional<String> spec = parameters.word("KeySpec", List.of("AES_256", "AES_128"));
        EncryptionContext context = parameters.context("EncryptionContext");
        parameters.requiredText("KeyId", MAX_KEY_ID);
        if (bytes.isPresent() == spec.isPresent()) {
            throw AwsException.validation("Please specify either number of bytes or key spec.");
        }
        Key key = usableKey(request, "KeyId");
        refuseDryRun(parameters);
        byte[] dataKey = new byte[spec.map(DATA_KEY_LENGTHS::get).orElseGet(bytes::getAsInt)];
        random.nextBytes(dataKey);
        KeyMaterial material = keeper.vault().currentMaterial(key);
        ObjectNode answer = answer().put("CiphertextBlob", cipher.encrypt(material, dataKey, context));
        if (withPlaintext) {
            answer.put("Plaintext", dataKey);
        }
        return answer.put("KeyId", key.arn()).put("KeyMaterialId", material.id());
    }

    /**
     * The key that ciphertext names. AWS looks at the key first, then at what the call pins it to, then at its state,
     * and at the ciphertext itself last: so a wrong context under a disabled key is told as the disabled key.
     */
    private Source source(AwsRequest request, byte[] ciphertext, String keyId, String algorithm) {
        checkAlgorithm(request.parameters(), algorithm);
        if (CiphertextLayout.contentAt(ciphertext) < 0) {
            throw AwsException.invalidCiphertext();
        }
        VaultKeeper.MarkedMaterial marked =
                keeper.materialOf(CiphertextLayout.mark(ciphertext)).orElseThrow(AwsException::invalidCiphertext);
        Optional<String> pinned = request.parameters().text(keyId, MAX_KEY_ID);
        if (pinned.isPresent()
                && !directory.find(request.region(), pinned.get()).id().equals(marked.keyId())) {
            throw new AwsException(
                    "IncorrectKeyException",
                    "The key ID in the request does not identify a CMK that can perform this operation.");
        }
        if (!directory.exists(request.region(), marked.keyId())) {
            throw new AwsException(
                    "AccessDeniedException",
                    "The ciphertext refers to a customer master key that does not exist, does not exist in this"
                            + " region, or you are not allowed to access.");
        }
        Key key = directory.byId(request.region(), marked.keyId());
        key.requireUsable(clock.instant());
        return new Source(key, marked.material());
    }

    private Key usableKey(AwsRequest request, String keyId, String algorithm) {
        checkAlgorithm(request.parameters(), algorithm);
        return usableKey(request, keyId);
    }

    private Key usableKey(AwsRequest request, String keyId) {
        Key key = directory.find(request.region(), request.parameters().requiredText(keyId, MAX_KEY_ID));
        key.requireUsable(clock.instant());
        return key;
    }

    private static void checkAlgorithm(Parameters parameters, String name) {
        String algorithm = parameters.word(name, ALGORITHMS).orElse(SYMMETRIC);
        if (!algorithm.equals(SYMMETRIC)) {
            throw new AwsException(
                    "InvalidKeyUsageException",
                    "Algorithm " + algorithm + " is incompatible with key spec SYMMETRIC_DEFAULT.");
        }
    }

    private static void refuseDryRun(Parameters parameters) {
        if (parameters.flag("DryRun")) {
            throw new AwsException(
                    "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
        }
    }

    private static ObjectNode answer() {
        return JsonNodeFactory.instance.objectNode();
    }
}
