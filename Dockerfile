# The toolkit as an image. Its recorder takes kube-audit-rest's command and flags, so one Deployment runs either image;
# `docker run … toolkit run …` is the rule engine.
#   docker build -t k8sadmission-toolkit:0.1.0 .
# Where no package index is reached, put wheels into wheels/ and add --build-arg PIP_NO_INDEX=1.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
ARG PIP_NO_INDEX=
ENV PIP_FIND_LINKS=/src/wheels PIP_DISABLE_PIP_VERSION_CHECK=1
COPY . /src
RUN mkdir -p /src/wheels && python3 -m venv /opt/toolkit && /opt/toolkit/bin/pip install --no-cache-dir "/src[cluster,live,zstd]"

FROM ${BASE}
ENV PATH=/opt/toolkit/bin:$PATH PYTHONUNBUFFERED=1
COPY --from=build /opt/toolkit /opt/toolkit
RUN printf '#!/bin/sh\nexec /opt/toolkit/bin/toolkit record "$@"\n' > /kube-audit-rest && chmod 0755 /kube-audit-rest
USER 255999:255999
CMD ["/kube-audit-rest"]
