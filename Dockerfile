# Two images from one recipe: `--target hub` and `--target bot`. docker-compose.yml builds both;
# docs/how-to/containers.md tells how. The steps are the set-up of a developer: scripts/setup.py, from the lock files.

# By version here; PYTHON_IMAGE=…@sha256:… in .env pins it by digest.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

# --- what both are made with; nothing of it stays in the images ---
FROM ${PYTHON_IMAGE} AS tools
ENV PYTHONDONTWRITEBYTECODE=1 UV_LINK_MODE=copy UV_CACHE_DIR=/var/cache/onthaal/uv NPM_CONFIG_CACHE=/var/cache/onthaal/npm
WORKDIR /opt/onthaal
COPY scripts/ scripts/

FROM tools AS hub-made
COPY pyproject.toml uv.lock README.md LICENSE package.json package-lock.json .npmrc ./
# Before the sources: another line of code does not fetch the packages again. The two files say where they will be.
COPY intake/__init__.py intake/
COPY channels/__init__.py channels/
RUN --mount=type=cache,target=/var/cache/onthaal python3 scripts/setup.py hub
COPY intake/ intake/
COPY channels/ channels/
COPY demo/ demo/
# Compiled here, because nothing can be written where it runs.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash intake channels

FROM tools AS bot-made
COPY bot/ bot/
COPY nlu_data/ nlu_data/
RUN --mount=type=cache,target=/var/cache/onthaal python3 scripts/setup.py bot
RUN python3 -m compileall -q --invalidation-mode unchecked-hash bot/onthaal_bot

# --- what both run in ---
FROM ${PYTHON_IMAGE} AS runs
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.vendor="Onthaal" \
      org.opencontainers.image.licenses="EUPL-1.2" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The folders of the named volumes: a fresh volume takes their owner over. One user for both images, so that the
# bot can read the secrets that the hub made for it.
RUN groupadd --gid 10001 onthaal \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/onthaal --shell /usr/sbin/nologin onthaal \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/onthaal /run/onthaal /run/onthaal/bot /run/onthaal/database

FROM runs AS hub
LABEL org.opencontainers.image.title="Onthaal hub" \
      org.opencontainers.image.description="Reception desk of a city: contact records, queues, workspace, channels"
ENV PATH=/opt/onthaal/.venv/bin:$PATH ONTHAAL_DATA_DIR=/var/lib/onthaal
WORKDIR /opt/onthaal
COPY --from=hub-made /opt/onthaal/.venv/ .venv/
COPY --from=hub-made /opt/onthaal/node_modules/ node_modules/
COPY --from=hub-made /opt/onthaal/pyproject.toml /opt/onthaal/LICENSE ./
COPY --from=hub-made /opt/onthaal/demo/ demo/
COPY --from=hub-made /opt/onthaal/channels/ channels/
COPY --from=hub-made /opt/onthaal/intake/ intake/
USER 10001:10001
EXPOSE 8080 8025
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4).close()"]
ENTRYPOINT ["onthaal"]
CMD ["serve"]

FROM runs AS bot
LABEL org.opencontainers.image.title="Onthaal bot" \
      org.opencontainers.image.description="First line of Onthaal: Rasa with a ranker over the product catalogue"
ENV PATH=/opt/onthaal/bot/.venv/bin:$PATH
WORKDIR /opt/onthaal/bot
COPY --from=bot-made /opt/onthaal/bot/.venv/ .venv/
COPY --from=bot-made /opt/onthaal/var/models/ ../var/models/
COPY --from=bot-made /opt/onthaal/bot/onthaal_bot/ onthaal_bot/
USER 10001:10001
EXPOSE 5005
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
  CMD ["python", "-m", "onthaal_bot.remote", "--check"]
ENTRYPOINT ["python", "-m", "onthaal_bot.remote"]
CMD ["--host", "0.0.0.0"]
