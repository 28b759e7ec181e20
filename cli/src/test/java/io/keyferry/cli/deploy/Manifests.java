package io.keyferry.cli.deploy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a folder of kustomize into Kubernetes' own types, and refuses a field that they do not have. */
final class Manifests {

    private static final Map<String, Class<?>> KINDS = Map.of(
            "apps/v1 Deployment", Deployment.class,
            "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class,
            "v1 ServiceAccount", ServiceAccount.class);

    private static final ObjectMapper YAML = new YAMLMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {

                /** The types keep what they do not know; here it is an error. */
                @Override
                public Boolean hasAnySetter(Annotated ignored) {
                    return false;
                }
            });

    private final Path folder;
    private final JsonNode kustomization;

    Manifests(Path folder) throws IOException {
        this.folder = folder;
        this.kustomization = YAML.readTree(folder.resolve("kustomization.yaml").toFile());
    }

    JsonNode kustomization() {
        return kustomization;
    }

    /** The paths that a list of the kustomization names, such as {@code resources}. */
    List<Path> files(JsonNode list) {
        List<Path> files = new ArrayList<>();
        list.forEach(name -> files.add(folder.resolve(name.asText())));
        return files;
    }

    /** All resources of one type. */
    <T> List<T> all(Class<T> type) throws IOException {
        List<T> found = new ArrayList<>();
        for (Path file : files(kustomization.path("resources"))) {
            for (Object resource : resources(file)) {
                if (type.isInstance(resource)) {
                    found.add(type.cast(resource));
                }
            }
        }
        return found;
    }

    static JsonNode yaml(String text) throws IOException {
        return YAML.readTree(text);
    }

    /** @throws IllegalArgumentException where the type has no such field */
    static <T> T typed(JsonNode node, Class<T> type) {
        return YAML.convertValue(node, type);
    }

    static List<Object> resources(Path file) throws IOException {
        List<Object> resources = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                String kind = document.path("apiVersion").asText() + " "
                        + document.path("kind").asText();
                Class<?> type = KINDS.get(kind);
                if (type == null) {
                    throw new IOException(file + " holds a resource that is not known here: " + kind);
                }
                resources.add(typed(document, type));
            }
        }
        return resources;
    }
}
