package io.keyferry.model.file;

import io.keyferry.model.Migration;
import java.util.List;
import java.util.Optional;

/** Reads {@code keys}. */
final class KeysSection {

    private static final int DEFAULT_REQUESTS = 1000;
    private static final String SOURCE = "a list of ARNs of KMS keys";
    private static final String TARGET = "the ARN of a multi-Region KMS key, whose id starts with mrk-";
    private static final String REPLICAS = "a list of Regions with a replica of the target key, or no such key";

    private KeysSection() {}

    static Migration.Keys read(Section keys) {
        Optional<String> region =
                keys.required("region", Checked.REGION_EXPECTED).flatMap(Checked::region);
        List<String> source = keys.required("source", SOURCE)
                .map(list -> Checked.distinct(list, SOURCE, value -> key(value, "the ARN of a KMS key", region)))
                .orElse(List.of());
        String target = keys.required("target", TARGET)
                .flatMap(value -> target(value, region, source))
                .orElse("");
        List<String> replicas = keys.optional("replicas")
                .map(list -> Checked.distinct(list, REPLICAS, value -> replica(value, region)))
                .orElse(List.of());
        int requests = keys.optional("maxRequestsPerSecond")
                .flatMap(value -> value.wholeNumber(1, Integer.MAX_VALUE))
                .map(Long::intValue)
                .orElse(DEFAULT_REQUESTS);
        keys.noOtherKeys();
        return new Migration.Keys(region.orElse(""), source, target, replicas, requests);
    }

    private static Optional<String> key(Value value, String expected, Optional<String> region) {
        Optional<KeyArn> arn = KeyArn.read(value, expected);
        arn.filter(key -> region.isPresent() && !key.region().equals(region.get()))
                .ifPresent(key -> value.wrong(
                        "is a key of Region " + key.region(), "a key of keys.region, which is " + region.get()));
        return arn.map(KeyArn::toString);
    }

    private static Optional<String> target(Value value, Optional<String> region, List<String> source) {
        Optional<String> target = key(value, TARGET, region);
        target.ifPresent(arn -> {
            if (!arn.contains(":key/mrk-")) {
                value.wrong("is a single-Region key", TARGET);
            }
            if (source.contains(arn)) {
                value.wrong("is one of the source keys", "another key than those of keys.source");
            }
        });
        return target;
    }

    private static Optional<String> replica(Value value, Optional<String> region) {
        Optional<String> replica = Checked.region(value);
        replica.filter(name -> region.equals(Optional.of(name)))
                .ifPresent(name -> value.wrong("is keys.region itself", "another Region"));
        return replica;
    }
}
