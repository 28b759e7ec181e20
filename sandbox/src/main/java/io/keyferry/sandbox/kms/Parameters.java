package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The parameters of one request, checked as the service's model says, with AWS's errors. */
final class Parameters {

    private final ObjectNode body;

    Parameters(ObjectNode body) {
        this.body = body;
    }

    Optional<String> text(String name) {
        return present(name).map(node -> {
            if (!node.isTextual()) {
                throw serialization(node, "a String");
            }
            return node.textValue();
        });
    }

    Optional<String> text(String name, int maxLength) {
        return text(name).map(text -> {
            checkLength("Value '" + text + "'", name, text.length(), 1, maxLength);
            return text;
        });
    }

    String requiredText(String name, int maxLength) {
        return text(name, maxLength).orElseThrow(() -> missing(name));
    }

    /** One of AWS's words, or empty. */
    Optional<String> word(String name, List<String> allowed) {
        return text(name).map(word -> {
            if (!allowed.contains(word)) {
                throw AwsException.constraint(
                        "Value '" + word + "' at '" + memberName(name) + "'", "satisfy enum value set: " + allowed);
            }
            return word;
        });
    }

    byte[] requiredBytes(String name, int maxLength) {
        byte[] bytes = bytes(name).orElseThrow(() -> missing(name));
        checkLength("Value", name, bytes.length, 1, maxLength);
        return bytes;
    }

    Optional<byte[]> bytes(String name) {
        return text(name).map(base64 -> {
            try {
                return Base64.getDecoder().decode(base64);
            } catch (IllegalArgumentException e) {
                throw new AwsException("SerializationException", "STRING_VALUE at '" + name + "' is not base64");
            }
        });
    }

    boolean flag(String name) {
        return present(name)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw serialization(node, "Boolean");
                    }
                    return node.booleanValue();
                })
                .orElse(false);
    }

    OptionalInt integer(String name, int min, int max) {
        JsonNode node = present(name).orElse(null);
        if (node == null) {
            return OptionalInt.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw serialization(node, "an Integer");
        }
        int value = node.intValue();
        String subject = "Value '" + value + "' at '" + memberName(name) + "'";
        if (value < min) {
            throw AwsException.constraint(subject, "have value greater than or equal to " + min);
        }
        if (value > max) {
            throw AwsException.constraint(subject, "have value less than or equal to " + max);
        }
        return OptionalInt.of(value);
    }

    EncryptionContext context(String name) {
        JsonNode node = present(name).orElse(null);
        if (node == null) {
            return new EncryptionContext(Map.of());
        }
        if (!node.isObject()) {
            throw serialization(node, "a Map");
        }
        Map<String, String> pairs = new HashMap<>();
        node.properties().forEach(pair -> {
            if (!pair.getValue().isTextual()) {
                throw serialization(pair.getValue(), "a String");
            }
            pairs.put(pair.getKey(), pair.getValue().textValue());
        });
        return new EncryptionContext(pairs);
    }

    /** A list of texts, or empty. */
    Optional<List<String>> texts(String name) {
        return present(name).map(node -> {
            if (!node.isArray()) {
                throw serialization(node, "a List");
            }
            List<String> texts = new ArrayList<>();
            node.forEach(element -> {
                if (!element.isTextual()) {
                    throw serialization(element, "a String");
                }
                texts.add(element.textValue());
            });
            return List.copyOf(texts);
        });
    }

    private Optional<JsonNode> present(String name) {
        return Optional.ofNullable(body.get(name)).filter(node -> !node.isNull());
    }

    private static void checkLength(String subject, String name, int length, int min, int max) {
        String at = subject + " at '" + memberName(name) + "'";
        if (length < min) {
            throw AwsException.constraint(at, "have length greater than or equal to " + min);
        }
        if (length > max) {
            throw AwsException.constraint(at, "have length less than or equal to " + max);
        }
    }

    private static AwsException missing(String name) {
        return AwsException.constraint("Value null at '" + memberName(name) + "'", "not be null");
    }

    private static AwsException serialization(JsonNode node, String wanted) {
        String found =
                switch (node.getNodeType()) {
                    case STRING -> "STRING_VALUE";
                    case NUMBER -> "NUMBER_VALUE";
                    case BOOLEAN -> node.booleanValue() ? "TRUE_VALUE" : "FALSE_VALUE";
                    case ARRAY -> "START_ARRAY";
                    case OBJECT -> "START_OBJECT";
                    default -> node.getNodeType().toString();
                };
        return new AwsException("SerializationException", found + " can not be converted to " + wanted);
    }

    /** Messages name a member with a small first letter. */
    private static String memberName(String name) {
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }
}
