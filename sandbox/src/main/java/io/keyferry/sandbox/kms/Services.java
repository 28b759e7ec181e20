package io.keyferry.sandbox.kms;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns requests into answers: checks the quota, carries out the operation, and words what goes wrong. */
final class Services {

    private static final Logger LOG = LoggerFactory.getLogger(Services.class);

    private final RequestReader reader = new RequestReader();
    private final Map<String, Target> targets = new HashMap<>();
    private volatile RequestQuota quota = RequestQuota.unlimited();

    /** What an X-Amz-Target header names. */
    record Target(AwsRequest.Service service, String operation, Operation carriesOut) {}

    void add(AwsRequest.Service service, Map<String, Operation> operations) {
        operations.forEach(
                (name, operation) -> targets.put(service.target() + "." + name, new Target(service, name, operation)));
    }

    void quota(RequestQuota quota) {
        this.quota = quota;
    }

    /** @param header the value of X-Amz-Target; null where there is none */
    Optional<Target> target(String header) {
        return Optional.ofNullable(header).map(targets::get);
    }

    Answer answer(Target target, String authorization, byte[] body) {
        try {
            AwsRequest request = reader.read(target.service(), target.operation(), authorization, body);
            boolean counts = AwsRequest.isCryptographic(request.service(), request.operation());
            if (counts && !quota.allows(request.region())) {
                return Answer.error(
                        "ThrottlingException",
                        400,
                        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");
            }
            return Answer.of(target.carriesOut().answer(request));
        } catch (AwsException e) {
            return Answer.of(e);
        } catch (RuntimeException e) {
            LOG.error("The local KMS failed at {}", target.operation(), e);
            return target.service() == AwsRequest.Service.KMS
                    ? Answer.error("KMSInternalException", 500, "The local KMS failed: see its log.")
                    : Answer.error("InternalServiceError", 500, "The local Secrets Manager failed: see its log.");
        }
    }
}
