package io.keyferry.kms;

/**
 * Requests to KMS so far, every attempt counted.
 *
 * @param requests attempts made, those in flight included
 * @param throttled attempts that KMS throttled
 * @param failed other attempts that failed, values that KMS refused included
 * @param inFlight attempts not yet answered
 */
public record KmsMetrics(long requests, long throttled, long failed, long inFlight) {}
