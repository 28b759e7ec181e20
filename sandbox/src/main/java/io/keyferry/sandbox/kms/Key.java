package io.keyferry.sandbox.kms;

import java.time.Instant;

/**
 * A symmetric key in one Region. Its material is kept apart, by key id, because every replica has the same.
 *
 * @param state as it was set; {@link #stateAt} says what it is
 * @param primaryRegion the Region of a multi-Region key's primary; null for a single-Region key
 * @param createdAt in milliseconds since 1970, as the other times
 * @param usableAt until then a new replica is still being created
 * @param deletedAt when a key that is pending deletion is gone; null for others
 * @param windowInDays the waiting period of a primary that is deleted after its replicas; null for others
 */
record Key(
        String arn,
        String id,
        String region,
        String description,
        KeyState state,
        String primaryRegion,
        long createdAt,
        long usableAt,
        Long deletedAt,
        Integer windowInDays) {

    boolean isMultiRegion() {
        return primaryRegion != null;
    }

    boolean isPrimary() {
        return region.equals(primaryRegion);
    }

    boolean isReplica() {
        return isMultiRegion() && !isPrimary();
    }

    boolean existsAt(Instant now) {
        return deletedAt == null || now.toEpochMilli() < deletedAt;
    }

    KeyState stateAt(Instant now) {
        return state == KeyState.ENABLED && now.toEpochMilli() < usableAt ? KeyState.CREATING : state;
    }

    /** Refuses any state but enabled, in AWS's words. */
    void requireUsable(Instant now) {
        requireSettled(now);
        if (state == KeyState.DISABLED) {
            throw new AwsException("DisabledException", arn + " is disabled.");
        }
    }

    /** Refuses a key that is being created or deleted, in AWS's words. */
    void requireSettled(Instant now) {
        switch (stateAt(now)) {
            case CREATING -> throw AwsException.invalidState(arn + " is creating.");
            case PENDING_DELETION -> throw AwsException.invalidState(arn + " is pending deletion.");
            case PENDING_REPLICA_DELETION -> throw AwsException.invalidState(arn + " is pending replica deletion.");
            case ENABLED, DISABLED -> {}
        }
    }

    Key with(KeyState newState) {
        return new Key(arn, id, region, description, newState, primaryRegion, createdAt, usableAt, null, null);
    }

    Key pendingDeletion(Instant deletion) {
        return new Key(
                arn,
                id,
                region,
                description,
                KeyState.PENDING_DELETION,
                primaryRegion,
                createdAt,
                usableAt,
                deletion.toEpochMilli(),
                null);
    }

    Key pendingReplicaDeletion(int days) {
        return new Key(
                arn,
                id,
                region,
                description,
                KeyState.PENDING_REPLICA_DELETION,
                primaryRegion,
                createdAt,
                usableAt,
                null,
                days);
    }
}
