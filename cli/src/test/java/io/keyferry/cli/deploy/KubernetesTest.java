package io.keyferry.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.keyferry.cli.http.Token;
import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubernetesTest {

    private static final Path REPOSITORY = Path.of("..");
    private static final Path KUBERNETES = REPOSITORY.resolve("deploy/kubernetes");
    private static final Path BASE = KUBERNETES.resolve("base");
    private static final List<String> STAGES = List.of("snapshot", "stream-processor", "sink");

    private final Manifests manifests;
    private final Map<String, Deployment> deployments;

    KubernetesTest() throws IOException {
        manifests = new Manifests(BASE);
        deployments = manifests.all(Deployment.class).stream()
                .collect(Collectors.toMap(deployment -> container(deployment).getName(), deployment -> deployment));
    }

    @Test
    void refusesAFieldThatKubernetesDoesNotHave(@TempDir Path folder) throws IOException {
        Path misspelt = folder.resolve("sink.yaml");
        Files.writeString(
                misspelt,
                Files.readString(BASE.resolve("sink.yaml"))
                        .replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"));

        assertThatThrownBy(() -> Manifests.resources(misspelt)).hasMessageContaining("readOnlyRootFileSystem");
    }

    @Test
    void namesNoFileThatIsNotThere() {
        assertThat(manifests.files(manifests.kustomization().path("resources"))).allMatch(Files::exists);
        manifests
                .kustomization()
                .path("configMapGenerator")
                .forEach(map -> assertThat(manifests.files(map.path("files"))).allMatch(Files::exists));
    }

    @Test
    void runsEachStageTwiceUnderAnImageThatKnowsIt() {
        assertThat(deployments.keySet()).containsExactlyInAnyOrderElementsOf(STAGES);
        deployments.forEach((stage, deployment) -> {
            assertThat(deployment.getMetadata().getName()).isEqualTo("keyferry-" + stage);
            assertThat(deployment.getSpec().getReplicas()).isEqualTo(2);
            assertThat(container(deployment).getArgs()).containsExactly("run", "migration.yaml", stage);
        });
    }

    @Test
    void selectsThePodsThatItMakesAndNoOthers() throws IOException {
        Map<String, Map<String, String>> labels = new HashMap<>();
        deployments.forEach((stage, deployment) -> {
            labels.put(stage, template(deployment).getMetadata().getLabels());
            assertThat(deployment.getSpec().getSelector().getMatchLabels()).isEqualTo(labels.get(stage));
            pod(deployment)
                    .getTopologySpreadConstraints()
                    .forEach(spread -> assertThat(spread.getLabelSelector().getMatchLabels())
                            .isEqualTo(labels.get(stage)));
        });

        assertThat(labels.values()).doesNotHaveDuplicates();
        assertThat(manifests.all(PodDisruptionBudget.class))
                .extracting(budget -> budget.getSpec().getSelector().getMatchLabels())
                .containsExactlyInAnyOrderElementsOf(labels.values());
        assertThat(manifests.all(PodDisruptionBudget.class))
                .allSatisfy(budget -> assertThat(
                                budget.getSpec().getMaxUnavailable().getIntVal())
                        .isEqualTo(1));
    }

    @Test
    void usesTheServiceAccountThatHasTheRole() throws IOException {
        List<ServiceAccount> accounts = manifests.all(ServiceAccount.class);

        assertThat(accounts).hasSize(1);
        assertThat(accounts.get(0).getMetadata().getAnnotations()).containsKey("eks.amazonaws.com/role-arn");
        deployments.values().forEach(deployment -> {
            assertThat(pod(deployment).getServiceAccountName())
                    .isEqualTo(accounts.get(0).getMetadata().getName());
            assertThat(pod(deployment).getAutomountServiceAccountToken()).isFalse();
        });
    }

    @Test
    void probesWhereTheStageIsServed() throws IOException {
        String image = Files.readString(REPOSITORY.resolve("Dockerfile"));
        for (Deployment deployment : deployments.values()) {
            Container container = container(deployment);
            Migration migration = MigrationFile.load(BASE.resolve("migration.yaml"), settings(container))
                    .migration();

            assertThat(migration.http().host()).isEqualTo("0.0.0.0");
            assertThat(container.getPorts()).hasSize(1);
            assertThat(container.getPorts().get(0).getContainerPort())
                    .isEqualTo(migration.http().port());
            assertThat(image).contains("EXPOSE " + migration.http().port());
            probes(container.getLivenessProbe(), "/health/live", container);
            probes(container.getReadinessProbe(), "/health/ready", container);
            assertThat(template(deployment).getMetadata().getAnnotations())
                    .containsEntry("prometheus.io/scrape", "true")
                    .containsEntry("prometheus.io/path", "/metrics")
                    .containsEntry(
                            "prometheus.io/port",
                            String.valueOf(migration.http().port()));
        }
    }

    private static void probes(Probe probe, String path, Container container) {
        assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
        assertThat(probe.getHttpGet().getPort().getStrVal())
                .isEqualTo(container.getPorts().get(0).getName());
    }

    private static Map<String, String> settings(Container container) {
        return container.getEnv().stream().collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }

    @Test
    void mountsWhatIsThereWhereTheImageLooksForIt() throws IOException {
        String image = Files.readString(REPOSITORY.resolve("Dockerfile"));
        List<String> maps = StreamSupport.stream(
                        manifests.kustomization().path("configMapGenerator").spliterator(), false)
                .map(map -> map.path("name").asText())
                .toList();
        for (Deployment deployment : deployments.values()) {
            List<Volume> volumes = pod(deployment).getVolumes();
            List<VolumeMount> mounts = container(deployment).getVolumeMounts();

            assertThat(mounts)
                    .extracting(VolumeMount::getName)
                    .containsExactlyInAnyOrderElementsOf(
                            volumes.stream().map(Volume::getName).toList());
            assertThat(volumes)
                    .filteredOn(volume -> volume.getConfigMap() != null)
                    .allSatisfy(volume ->
                            assertThat(maps).contains(volume.getConfigMap().getName()));
            assertThat(mounts).extracting(VolumeMount::getMountPath).contains("/tmp", "/migration");
            assertThat(image).contains("WORKDIR /migration");
        }
    }

    @Test
    void runsAsTheImagesUserAndMayDoNothingElse() throws IOException {
        String image = Files.readString(REPOSITORY.resolve("Dockerfile"));
        for (Deployment deployment : deployments.values()) {
            PodSpec pod = pod(deployment);
            var container = container(deployment).getSecurityContext();

            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(image)
                    .contains("USER " + pod.getSecurityContext().getRunAsUser() + ":"
                            + pod.getSecurityContext().getRunAsGroup());
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getEnableServiceLinks()).isFalse();
            assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(30);
            assertThat(container.getAllowPrivilegeEscalation()).isFalse();
            assertThat(container.getReadOnlyRootFilesystem()).isTrue();
            assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(container(deployment).getResources().getLimits()).containsKey("memory");
            assertThat(container(deployment).getResources().getRequests()).containsKeys("memory", "cpu");
        }
    }

    @Test
    void takesThePasswordFromASecretWhereTheComponentIsUsed() throws IOException {
        assertVariableFromSecret("database-password", "DATABASE_PASSWORD", "keyferry-database");
    }

    @Test
    void takesTheDashboardsTokenFromASecretWhereTheComponentIsUsed() throws IOException {
        assertVariableFromSecret("dashboard-token", Token.VARIABLE, "keyferry-dashboard");
    }

    private static void assertVariableFromSecret(String component, String name, String secret) throws IOException {
        JsonNode patches = new Manifests(KUBERNETES.resolve("components").resolve(component))
                .kustomization()
                .path("patches");
        assertThat(patches).hasSize(1);
        JsonNode operation =
                Manifests.yaml(patches.get(0).path("patch").asText()).get(0);
        EnvVar variable = Manifests.typed(operation.path("value"), EnvVar.class);
        JsonNode base = Manifests.yaml(Files.readString(BASE.resolve("sink.yaml")));

        assertThat(patches.get(0).path("target").path("kind").asText()).isEqualTo("Deployment");
        assertThat(operation.path("op").asText()).isEqualTo("add");
        assertThat(base.at(operation.path("path").asText().replaceAll("/-$", ""))
                        .isArray())
                .as("the end of a list that is there")
                .isTrue();
        assertThat(variable.getName()).isEqualTo(name);
        assertThat(variable.getValueFrom().getSecretKeyRef().getName()).isEqualTo(secret);
    }

    private static PodTemplateSpec template(Deployment deployment) {
        return deployment.getSpec().getTemplate();
    }

    private static PodSpec pod(Deployment deployment) {
        return template(deployment).getSpec();
    }

    private static Container container(Deployment deployment) {
        assertThat(pod(deployment).getContainers()).hasSize(1);
        return pod(deployment).getContainers().get(0);
    }
}
