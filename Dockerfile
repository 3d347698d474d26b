# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements-uv.lock requirements.lock ./
RUN python -m venv /opt/failwatch \
 && /opt/failwatch/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && /opt/failwatch/bin/uv pip install --no-cache --python /opt/failwatch/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
RUN /opt/failwatch/bin/uv pip install --no-cache --python /opt/failwatch/bin/python --no-deps . \
 && /opt/failwatch/bin/uv pip uninstall --python /opt/failwatch/bin/python uv pip

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends git openssh-client \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin failwatch \
 && install -d -o failwatch -g failwatch -m 700 /data
COPY --from=build /opt/failwatch /opt/failwatch
WORKDIR /config
COPY feeds.yaml failwatch.yaml ./
COPY rules rules
ENV PATH=/opt/failwatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FAILWATCH_HOST=0.0.0.0 \
    FAILWATCH_DATA=/data \
    FAILWATCH_CONFIG=/config
USER failwatch
VOLUME /data
EXPOSE 8001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["failwatch", "doctor", "--alive"]
CMD ["failwatch", "up"]
