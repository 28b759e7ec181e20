package io.keyferry.model.pace;

/** What limits a rate. */
public enum Cause {
    CEILING("ceiling", "the ceiling"),
    SHARE("share", "this instance's share of the ceiling"),
    KMS_THROTTLING("kms-throttling", "KMS throttling"),
    REPLICA_LAG("replica-lag", "replica lag"),
    SLOT_WAL("slot-wal", "WAL retained for the replication slot"),
    LOCK_WAITS("lock-waits", "sessions that wait for the sink's locks"),
    WRITE_LATENCY("write-latency", "write latency");

    private final String word;
    private final String words;

    Cause(String word, String words) {
        this.word = word;
        this.words = words;
    }

    /** The name in metrics. */
    public String word() {
        return word;
    }

    /** For people, to follow <i>limited by</i>. */
    public String words() {
        return words;
    }
}
