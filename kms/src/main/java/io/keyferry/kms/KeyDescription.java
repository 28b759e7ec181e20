package io.keyferry.kms;

import java.util.List;

/**
 * What DescribeKey says of a key.
 *
 * @param state as AWS words it: {@code Enabled}, {@code Disabled}, {@code PendingDeletion}, {@code Creating}, …
 * @param regions Regions in which the key exists: its own, and those of a multi-Region key's replicas
 */
public record KeyDescription(String arn, String state, boolean multiRegion, List<String> regions) {

    public KeyDescription {
        regions = List.copyOf(regions);
    }

    public boolean isEnabled() {
        return state.equals("Enabled");
    }
}
