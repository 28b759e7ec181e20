package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.sandbox.kms.Fault;
import io.keyferry.sandbox.kms.LocalKms;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.model.CreateGrantResponse;
import software.amazon.awssdk.services.kms.model.GrantOperation;

class KeyInquiryIT {

    private static final String REGION = "us-west-2";
    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "example"));

    private final LocalKms kms = LocalKms.start(0, null);
    private final KmsAsyncClient sdk = KmsAsyncClient.builder()
            .region(Region.of(REGION))
            .endpointOverride(kms.endpoint())
            .credentialsProvider(CREDENTIALS)
            .build();
    private final KeyInquiry inquiry =
            new KeyInquiry(new KmsAccess(REGION, Optional.of(kms.endpoint()), Optional.of(CREDENTIALS)));
    private final String key = kms.provisioning().key(REGION, "alias/app");

    @AfterEach
    void close() {
        inquiry.close();
        sdk.close();
        kms.close();
    }

    @Test
    void tellsWhoElseMayUseAKeyAndWhenItWasUsedLast() {
        KeyUses unused = inquiry.ask(key);
        assertThat(unused.description()).get().extracting(KeyDescription::state).isEqualTo("Enabled");
        assertThat(unused.aliases().orElseThrow()).containsExactly("alias/app");
        assertThat(unused.grants().orElseThrow()).isEmpty();
        assertThat(unused.lastUse()).get().extracting(KeyUses.LastUse::at).isEqualTo(Optional.empty());
        assertThat(unused.notTold()).isEmpty();

        CreateGrantResponse grant = sdk.createGrant(r -> r.keyId(key)
                        .granteePrincipal("arn:aws:iam::111122223333:role/batch")
                        .operations(GrantOperation.DECRYPT, GrantOperation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT))
                .join();
        sdk.encrypt(r -> r.keyId("alias/app").plaintext(SdkBytes.fromUtf8String("value")))
                .join();

        KeyUses used = inquiry.ask(key);
        assertThat(used.grants().orElseThrow()).singleElement().satisfies(told -> {
            assertThat(told.id()).isEqualTo(grant.grantId());
            assertThat(told.grantee()).isEqualTo("arn:aws:iam::111122223333:role/batch");
            assertThat(told.operations()).containsExactly("Decrypt", "GenerateDataKeyWithoutPlaintext");
        });
        assertThat(used.lastUse().orElseThrow().at()).isPresent();
        assertThat(used.lastUse().orElseThrow().operation()).isEqualTo("Encrypt");

        sdk.revokeGrant(r -> r.keyId(key).grantId(grant.grantId())).join();
        assertThat(inquiry.ask(key).grants().orElseThrow()).isEmpty();
    }

    @Test
    void aQuestionThatIsRefusedSaysSoAndTheOthersAreAsked() {
        kms.faults().fraction(1, "ListGrants", Fault.error("AccessDeniedException", 400));
        kms.faults().fraction(1, "GetKeyLastUsage", Fault.error("UnknownOperationException", 400));

        KeyUses told = inquiry.ask(key);

        assertThat(told.description()).isPresent();
        assertThat(told.aliases()).isPresent();
        assertThat(told.grants()).isEmpty();
        assertThat(told.lastUse()).isEmpty();
        assertThat(told.notTold())
                .satisfiesExactly(
                        text -> assertThat(text)
                                .startsWith("ListGrants of " + key)
                                .contains("Allow kms:ListGrants"),
                        text -> assertThat(text)
                                .startsWith("GetKeyLastUsage of")
                                .contains("UnknownOperation"));
    }
}
