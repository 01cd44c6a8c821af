# A Prefect worker with crm-sync in it: `docker build -t crm-sync .`, then docs/operations.md.

FROM python:3.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

# The environment has no pip of its own: this stage's pip fills it from outside, and stays behind.
RUN python -m venv --without-pip /opt/venv

# The lock is complete, so nothing is resolved; wheels only, so nothing is compiled.
COPY requirements.lock requirements-dev.lock /locks/
RUN pip --python /opt/venv/bin/python install \
    --no-deps --require-hashes --only-binary :all: -r /locks/requirements.lock

# Our packages stay in /app, where Prefect's entrypoints look for them, and are linked into the
# environment. setuptools makes the link, in the version and with the hash of the developers' lock, and goes.
WORKDIR /app
COPY pyproject.toml README.md ./
COPY flows ./flows
COPY tasks ./tasks
COPY sources ./sources
COPY warehouse ./warehouse
COPY sandbox ./sandbox
RUN sed -n '/^setuptools==/,/[^\\]$/p' /locks/requirements-dev.lock > /locks/build.lock \
    && pip --python /opt/venv/bin/python install \
    --no-deps --require-hashes --only-binary :all: -r /locks/build.lock \
    && pip --python /opt/venv/bin/python install --no-deps --no-build-isolation --editable . \
    && pip --python /opt/venv/bin/python uninstall --yes setuptools \
    && rm -rf crm_sync.egg-info \
    && /opt/venv/bin/python -m compileall -q flows tasks sources warehouse sandbox


FROM python:3.13-slim-bookworm

# Nothing is installed at run time: the base image's pip goes, and the code belongs to root.
RUN pip uninstall --yes --quiet --root-user-action ignore pip \
    && useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin crm-sync \
    && install --directory --owner crm-sync --group crm-sync --mode 0700 /var/lib/crm-sync

COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
COPY prefect.yaml automations.yaml /app/

# PREFECT_API_URL, PREFECT_API_KEY and the secrets of the sources are given when the container starts.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CRM_SYNC_HOME=/var/lib/crm-sync \
    PREFECT_HOME=/var/lib/crm-sync/prefect \
    PREFECT_UI_STATIC_DIRECTORY=/var/lib/crm-sync/ui \
    PREFECT_LOGGING_EXTRA_LOGGERS=crm_sync \
    PREFECT_WORKER_WEBSERVER_PORT=8080

# The working directory of the worker is that of its flow runs: prefect.yaml, crm-sync.toml.
WORKDIR /app
USER 10001:10001

# Healthy: the worker has asked its server for work lately. http.client, for it heeds no proxy settings.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os; asked = http.client.HTTPConnection('127.0.0.1', int(os.environ['PREFECT_WORKER_WEBSERVER_PORT']), timeout=5); asked.request('GET', '/health'); raise SystemExit(asked.getresponse().status != 200)"]

# No entrypoint: `docker run crm-sync crm-sync sync hubspot` runs the command instead of a worker.
CMD ["prefect", "worker", "start", "--pool", "crm-sync", "--type", "process", "--install-policy", "never", "--with-healthcheck"]
