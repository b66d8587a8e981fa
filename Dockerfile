# The binary alone: no shell, no libraries, nothing to patch. Build it first with .ci/build-static.
#
#   docker build -t oneroof .
#   docker run --rm --network host -e PGPASSWORD oneroof preflight --host db.example -U workflow_admin -d directus
#
# Evidence of apply and rollback goes to /logs: give it a folder that outlives the container (-v "$PWD/logs:/logs" --user "$(id -u)").
FROM scratch
COPY target/dist/oneroof /oneroof
USER 65534:65534
WORKDIR /logs
ENTRYPOINT ["/oneroof"]
