package io.keyferry.cli.status;

import io.keyferry.model.Counts;
import io.keyferry.model.SourceKeyUse;
import java.util.OptionalLong;

/**
 * One column's values.
 *
 * @param counts since the migration began
 * @param perSecond outcomes a second of late
 * @param remaining values under a source key, as the newest sweep found; empty where none has ended
 * @param sourceKeys when values under the source keys were seen and written last
 */
public record ColumnStatus(
        String name, Counts counts, double perSecond, OptionalLong remaining, SourceKeyUse sourceKeys) {}
