# The service in a container. Spec: specs/features/deployment.md; how to use it: README.md, Deploy.

FROM python:3.13-slim-trixie AS build
# requirements-telemetry.lock has the packages of TELEMETRY=otlp beside all the others.
ARG REQUIREMENTS=requirements.lock
COPY requirements.lock requirements-telemetry.lock /locks/
# Wheels alone: an sdist would run code of its own here and need a compiler.
RUN python -m venv --without-pip /venv && \
    python -m pip --python /venv/bin/python --disable-pip-version-check install --quiet --root-user-action=ignore \
        --no-cache-dir --require-hashes --only-binary=:all: -r "/locks/$REQUIREMENTS"
# After the packages: a change of the code installs nothing anew.
WORKDIR /app
COPY LICENSE ./
COPY openapi openapi/
COPY generated generated/
COPY scripts scripts/
COPY backend backend/
# Valid whatever the files' times become: in an image code and bytecode never part.
RUN python -m compileall -q --invalidation-mode=unchecked-hash .

FROM python:3.13-slim-trixie
# Bytecode is written above, and here nothing can be.
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# From outside of the container only what listens on every address is reached.
ENV HOST=0.0.0.0 PORT=8000
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ARG REVISION=unknown
LABEL org.opencontainers.image.title="task-api" \
      org.opencontainers.image.description="A spec-first, multi-user task API" \
      org.opencontainers.image.version="1.0.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim-trixie"
# By number, which Kubernetes' runAsNonRoot can judge. All files are root's and stay as they are.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-m", "backend.alive"]
CMD ["python", "-m", "backend"]
