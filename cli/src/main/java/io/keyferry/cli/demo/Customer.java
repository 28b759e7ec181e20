package io.keyferry.cli.demo;

import java.util.random.RandomGenerator;

/** What a customer's encrypted columns hold, in clear; toString keeps it to itself. */
record Customer(String ssn, String card) {

    /** A customer that never was: no two of them are alike, so that an old value is told from a new one. */
    static Customer invented(RandomGenerator random) {
        return new Customer(
                "%03d-%02d-%04d".formatted(random.nextInt(1000), random.nextInt(100), random.nextInt(10_000)),
                "4%015d".formatted(random.nextLong(1_000_000_000_000_000L)));
    }

    String of(EncryptedColumn column) {
        return switch (column) {
            case SSN -> ssn;
            case CARD -> card;
        };
    }

    Customer with(EncryptedColumn column, Customer other) {
        return switch (column) {
            case SSN -> new Customer(other.ssn, card);
            case CARD -> new Customer(ssn, other.card);
        };
    }

    @Override
    public String toString() {
        return "Customer[…]";
    }
}
