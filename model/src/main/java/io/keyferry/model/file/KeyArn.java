package io.keyferry.model.file;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ARN of a KMS key. */
record KeyArn(String arn, String region) {

    private static final Pattern KEY = Pattern.compile("arn:aws[a-z-]*:kms:(" + Checked.REGION.pattern()
            + "):[0-9]{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})");
    private static final String EXAMPLE = ", such as arn:aws:kms:us-west-2:111122223333:key/";

    /** The key's ARN at a place of the file. */
    static Optional<KeyArn> read(Value value, String expected) {
        return value.text(expected + EXAMPLE + "…").flatMap(text -> {
            Matcher matcher = KEY.matcher(text);
            if (!matcher.matches()) {
                value.wrong(whatItIs(text), expected + EXAMPLE + "…");
                return Optional.empty();
            }
            return Optional.of(new KeyArn(text, matcher.group(1)));
        });
    }

    private static String whatItIs(String text) {
        if (text.startsWith("alias/") || text.contains(":alias/")) {
            return "is an alias, which may come to stand for another key";
        }
        if (text.matches("(mrk-)?[0-9a-f-]{32,36}")) {
            return "is a key's id without account and Region";
        }
        return text.startsWith("arn:") && !text.contains(":kms:") ? "is an ARN of another service" : "is no key ARN";
    }

    @Override
    public String toString() {
        return arn;
    }
}
