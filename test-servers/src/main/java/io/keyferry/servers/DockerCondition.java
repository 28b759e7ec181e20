package io.keyferry.servers;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips every test that is to run on containers where no Docker engine answers; JUnit finds it by itself. */
public final class DockerCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (!Servers.inContainers()) {
            return ConditionEvaluationResult.enabled("on embedded servers");
        }
        return Containers.dockerAnswers()
                ? ConditionEvaluationResult.enabled("on containers")
                : ConditionEvaluationResult.disabled(Containers.NO_DOCKER);
    }
}
