package io.keyferry.sandbox.kms;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many requests a second each Region serves: a bucket that holds one second's worth. Safe for many threads. */
final class RequestQuota {

    private final double perSecond;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    RequestQuota(double perSecond) {
        if (!(perSecond > 0)) {
            throw new IllegalArgumentException("a quota is above 0 requests a second, not " + perSecond);
        }
        this.perSecond = perSecond;
    }

    static RequestQuota unlimited() {
        return new RequestQuota(Double.POSITIVE_INFINITY);
    }

    boolean allows(String region) {
        return Double.isInfinite(perSecond)
                || buckets.computeIfAbsent(region, r -> new Bucket()).take();
    }

    private final class Bucket {

        private double tokens = Math.max(1, perSecond);
        private long filledAt = System.nanoTime();

        private synchronized boolean take() {
            long now = System.nanoTime();
            tokens = Math.min(Math.max(1, perSecond), tokens + (now - filledAt) / 1e9 * perSecond);
            filledAt = now;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }
    }
}
