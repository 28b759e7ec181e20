package io.keyferry.sandbox.kms;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by operation when they arrive, and by outcome when it is known. Safe for many threads. */
final class RequestCounts {

    private record Outcome(String operation, String word) {}

    private final LongAdder kms = new LongAdder();
    private final Map<String, LongAdder> arrived = new ConcurrentHashMap<>();
    private final Map<Outcome, LongAdder> outcomes = new ConcurrentHashMap<>();

    void arrived(AwsRequest.Service service, String operation) {
        if (service == AwsRequest.Service.KMS) {
            kms.increment();
        }
        arrived.computeIfAbsent(operation, o -> new LongAdder()).increment();
    }

    void ended(String operation, String outcome) {
        outcomes.computeIfAbsent(new Outcome(operation, outcome), o -> new LongAdder())
                .increment();
    }

    long ofKms() {
        return kms.sum();
    }

    long of(String operation) {
        LongAdder count = arrived.get(operation);
        return count == null ? 0 : count.sum();
    }

    long of(String operation, String outcome) {
        LongAdder count = outcomes.get(new Outcome(operation, outcome));
        return count == null ? 0 : count.sum();
    }

    void reset() {
        kms.reset();
        arrived.clear();
        outcomes.clear();
    }
}
