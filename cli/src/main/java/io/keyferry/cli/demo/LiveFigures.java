package io.keyferry.cli.demo;

/**
 * What the live application has done so far.
 *
 * @param inserts committed inserts
 * @param deletes committed deletes
 * @param reEncryptions committed updates that wrote a new value into one or both encrypted columns
 * @param otherUpdates committed updates that left both encrypted columns alone
 * @param reads rows read back and decrypted, without pinning a key
 * @param wrongReads reads that did not give what this application had last written, or that KMS refused
 * @param repeated attempts that failed and were made again
 */
public record LiveFigures(
        long inserts, long deletes, long reEncryptions, long otherUpdates, long reads, long wrongReads, long repeated) {

    /** Committed writes. */
    public long writes() {
        return inserts + deletes + reEncryptions + otherUpdates;
    }
}
