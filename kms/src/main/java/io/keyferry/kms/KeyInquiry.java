package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.model.AliasListEntry;
import software.amazon.awssdk.services.kms.model.GetKeyLastUsageResponse;
import software.amazon.awssdk.services.kms.model.GrantListEntry;
import software.amazon.awssdk.services.kms.model.KeyLastUsageData;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.ListAliasesResponse;
import software.amazon.awssdk.services.kms.model.ListGrantsResponse;

/**
 * Asks KMS about keys, apart from values. Each question stands alone: where one is refused, the answer says so, and the
 * others are asked. Used by one thread.
 */
public final class KeyInquiry implements AutoCloseable {

    private static final int TRIES = 3;
    private static final BackOff BACK_OFF = new BackOff(() -> 1.0);

    private final RegionalClients clients;
    private final AwsErrors errors = new AwsErrors();

    public KeyInquiry(KmsAccess access) {
        clients = new RegionalClients(access, TRIES);
    }

    /** @param arn of a key, in any Region */
    public KeyUses ask(String arn) {
        List<String> notTold = new ArrayList<>();
        return new KeyUses(
                arn,
                told("DescribeKey", arn, notTold, () -> description(arn)),
                told("ListAliases", arn, notTold, () -> aliases(arn)),
                told("ListGrants", arn, notTold, () -> grants(arn)),
                told("GetKeyLastUsage", arn, notTold, () -> lastUse(arn)),
                notTold);
    }

    private static <T> Optional<T> told(String operation, String arn, List<String> notTold, Supplier<T> question) {
        try {
            return Optional.of(question.get());
        } catch (KeyFerryException e) {
            notTold.add(operation + " of " + arn + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private KeyDescription description(String arn) {
        KeyMetadata key = answer(arn, "DescribeKey", kms -> kms.describeKey(r -> r.keyId(arn)))
                .keyMetadata();
        return AwsKeyService.description(key, region(arn));
    }

    private List<String> aliases(String arn) {
        List<String> names = new ArrayList<>();
        String marker = null;
        do {
            String from = marker;
            ListAliasesResponse page = answer(
                    arn, "ListAliases", kms -> kms.listAliases(r -> r.keyId(arn).marker(from)));
            page.aliases().stream().map(AliasListEntry::aliasName).forEach(names::add);
            marker = Boolean.TRUE.equals(page.truncated()) ? page.nextMarker() : null;
        } while (marker != null);
        return names;
    }

    private List<KeyUses.Grant> grants(String arn) {
        List<KeyUses.Grant> grants = new ArrayList<>();
        String marker = null;
        do {
            String from = marker;
            ListGrantsResponse page = answer(
                    arn, "ListGrants", kms -> kms.listGrants(r -> r.keyId(arn).marker(from)));
            page.grants().stream().map(KeyInquiry::grant).forEach(grants::add);
            marker = Boolean.TRUE.equals(page.truncated()) ? page.nextMarker() : null;
        } while (marker != null);
        return grants;
    }

    private static KeyUses.Grant grant(GrantListEntry grant) {
        return new KeyUses.Grant(
                grant.grantId(),
                Objects.requireNonNullElse(grant.name(), ""),
                Objects.requireNonNullElse(grant.granteePrincipal(), "a principal that KMS does not name"),
                grant.operationsAsStrings());
    }

    private KeyUses.LastUse lastUse(String arn) {
        GetKeyLastUsageResponse told = answer(arn, "GetKeyLastUsage", kms -> kms.getKeyLastUsage(r -> r.keyId(arn)));
        Optional<KeyLastUsageData> last =
                Optional.ofNullable(told.keyLastUsage()).filter(use -> use.timestamp() != null);
        return new KeyUses.LastUse(
                last.map(KeyLastUsageData::timestamp),
                last.map(KeyLastUsageData::operationAsString).orElse(""),
                told.trackingStartDate());
    }

    private interface Question<R> {
        CompletableFuture<R> to(KmsAsyncClient kms);
    }

    private <R> R answer(String arn, String operation, Question<R> question) {
        String region = region(arn);
        AwsCall call = new AwsCall(operation, region, List.of(new AwsCall.KeyUse("key", arn, "kms:" + operation)));
        for (int attempt = 1; ; attempt++) {
            KeyFerryException failure;
            try {
                return question.to(clients.in(region)).join();
            } catch (CompletionException e) {
                failure = errors.translate(call, e.getCause());
            } catch (RuntimeException e) {
                failure = errors.translate(call, e);
            }
            if (attempt == TRIES || !(failure instanceof RetryableKmsException)) {
                throw failure;
            }
            rest(attempt);
        }
    }

    private static void rest(int attempt) {
        try {
            Thread.sleep(BACK_OFF.after(attempt, true).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyFerryException("interrupted while KMS was asked", e);
        }
    }

    private static String region(String arn) {
        return arn.split(":", 5)[3];
    }

    @Override
    public void close() {
        clients.close();
    }
}
