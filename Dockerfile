# KeyFerry as one image for every command and stage. docs/docker.md tells how to use it.

FROM eclipse-temurin:17-jdk AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    mkdir lib app \
 && ./mvnw -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true -Denforcer.skip=true \
      -Dkeyferry.lib=/build/lib -pl cli -am package \
 && mv lib/keyferry-*.jar app/

FROM eclipse-temurin:17-jre
# PostgreSQL of the sandbox asks for the name of whoever starts it. /data and /migration: a named volume takes over the
# owner of the folder it is mounted on.
RUN echo 'keyferry:x:10001:10001:KeyFerry:/migration:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'keyferry:x:10001:' >> /etc/group \
 && install -d -o 10001 -g 10001 /data /migration
# first what changes seldom
COPY --from=build /build/lib /opt/keyferry/lib
COPY deploy/docker/keyferry deploy/docker/keyferry-health /usr/local/bin/
COPY --from=build /build/app /opt/keyferry/app
ENV KEYFERRY_HTTP_HOST=0.0.0.0 KEYFERRY_HTTP_PORT=8080
EXPOSE 8080
# numeric, so that Kubernetes can see that it is not root
USER 10001:10001
WORKDIR /migration
HEALTHCHECK --interval=5s --timeout=6s --start-period=60s --retries=3 CMD ["keyferry-health"]
ENTRYPOINT ["keyferry"]
CMD ["--help"]
