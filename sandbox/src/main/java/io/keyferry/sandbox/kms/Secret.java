package io.keyferry.sandbox.kms;

import java.util.List;

/** A secret of Secrets Manager in one Region, with its versions in the order they were put. */
record Secret(String arn, String name, String region, List<Version> versions) {

    static final String CURRENT = "AWSCURRENT";
    static final String PREVIOUS = "AWSPREVIOUS";

    Secret {
        versions = List.copyOf(versions);
    }

    /**
     * One value of a secret.
     *
     * @param text the value as text; null where it is binary
     * @param binary the value as base64; null where it is text
     * @param createdAt in milliseconds since 1970
     */
    record Version(String id, String text, String binary, List<String> stages, long createdAt) {

        Version {
            stages = List.copyOf(stages);
        }

        Version with(List<String> newStages) {
            return new Version(id, text, binary, newStages, createdAt);
        }

        @Override
        public String toString() {
            return "Version[" + id + " " + stages + "]";
        }
    }
}
