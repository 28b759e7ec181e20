package io.keyferry.cli.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Kafka's grants as IAM policies of Amazon MSK. */
final class MskPolicies {

    private static final Map<KafkaAcls.Resource, Map<String, List<String>>> ACTIONS = Map.of(
            KafkaAcls.Resource.TOPIC,
            Map.of(
                    "Create", List.of("CreateTopic"),
                    "Delete", List.of("DeleteTopic"),
                    "Describe", List.of("DescribeTopic"),
                    "DescribeConfigs", List.of("DescribeTopicDynamicConfiguration"),
                    "Read", List.of("ReadData"),
                    "Write", List.of("WriteData")),
            KafkaAcls.Resource.GROUP,
            Map.of(
                    "Delete", List.of("DeleteGroup"),
                    "Describe", List.of("DescribeGroup"),
                    "Read", List.of("AlterGroup", "DescribeGroup")),
            KafkaAcls.Resource.TRANSACTIONAL_ID,
            Map.of(
                    "Describe", List.of("DescribeTransactionalId"),
                    "Write", List.of("AlterTransactionalId")));

    private final String cluster;

    private MskPolicies(String cluster) {
        this.cluster = cluster;
    }

    /** @param arn of the cluster, {@code arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID}; empty where it is none */
    static Optional<MskPolicies> of(String arn) {
        return arn.matches("arn:[a-z-]+:kafka:[a-z0-9-]+:[0-9]{12}:cluster/[^/]+/[^/]+")
                ? Optional.of(new MskPolicies(arn))
                : Optional.empty();
    }

    Map<String, Object> policy(List<KafkaAcls.Acl> acls) {
        List<Object> statements = new ArrayList<>();
        statements.add(statement(Set.of("Connect", "DescribeCluster", "WriteDataIdempotently"), cluster));
        acls.forEach(acl -> {
            Set<String> actions = new TreeSet<>();
            acl.operations()
                    .forEach(operation ->
                            actions.addAll(ACTIONS.get(acl.resource()).get(operation)));
            statements.add(statement(actions, resource(acl)));
        });
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put("Version", "2012-10-17");
        policy.put("Statement", statements);
        return policy;
    }

    /** Of a topic, a group or a transactional id: the cluster's ARN, with another word and the name. */
    private String resource(KafkaAcls.Acl acl) {
        return cluster.replace(":cluster/", ":" + acl.resource().word() + "/") + "/" + acl.name()
                + (acl.pattern().equals("PREFIXED") ? "*" : "");
    }

    private static Map<String, Object> statement(Set<String> actions, String resource) {
        Map<String, Object> statement = new LinkedHashMap<>();
        statement.put("Effect", "Allow");
        statement.put(
                "Action",
                new TreeSet<>(actions)
                        .stream().map(action -> "kafka-cluster:" + action).toList());
        statement.put("Resource", resource);
        return statement;
    }
}
