package io.keyferry.cli.status;

import io.keyferry.model.TableName;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far a table has been read for the first time.
 *
 * @param rows read so far
 * @param of about how many there are; empty where it is not known
 * @param left how long it takes at the rate of late; empty where nothing tells
 */
public record ReadingStatus(TableName table, long rows, OptionalLong of, Optional<Duration> left) {}
