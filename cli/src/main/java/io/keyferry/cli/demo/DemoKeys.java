package io.keyferry.cli.demo;

/** ARNs of the key that the application begins with, the multi-Region key that it goes over to, and its replica. */
public record DemoKeys(String source, String target, String replica) {}
