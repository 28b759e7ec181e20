package io.keyferry.kms;

import java.time.Instant;

/**
 * Calls that fail and are being made again.
 *
 * @param what the latest failure, in words
 * @param throttled whether that was KMS throttling
 * @param failures failed attempts since the trouble began
 * @param calls how many calls have failed and not yet got through
 * @param since when the first of them failed
 */
public record Trouble(String what, boolean throttled, long failures, int calls, Instant since) {}
