package io.keyferry.sandbox.kms;

/** The states of a key that this KMS knows. */
enum KeyState {
    CREATING("Creating"),
    ENABLED("Enabled"),
    DISABLED("Disabled"),
    PENDING_DELETION("PendingDeletion"),
    PENDING_REPLICA_DELETION("PendingReplicaDeletion");

    private final String word;

    KeyState(String word) {
        this.word = word;
    }

    /** The state as AWS words it. */
    String word() {
        return word;
    }

    boolean isPendingDeletion() {
        return this == PENDING_DELETION || this == PENDING_REPLICA_DELETION;
    }
}
