package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One operation of a service: answers a request, or refuses it with an {@link AwsException}. */
@FunctionalInterface
interface Operation {

    ObjectNode answer(AwsRequest request);
}
