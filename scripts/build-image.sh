#!/usr/bin/env bash
# Builds the toolkit's image where a build reaches no package index: the wheels are fetched here first.
# Elsewhere `docker build -t TAG .` is enough.
#   build-image.sh [TAG]              default: k8sadmission-toolkit:VERSION
#   BASE=python:3.11-slim             an image with Python 3.11 or newer, its venv and pip
#   PYTHON=python3                    a Python with pip on this machine
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
tag=${1:-k8sadmission-toolkit:$version}
base=${BASE:-python:3.11-slim}
python=${PYTHON:-python3}

wanted=$(docker run --rm "$base" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
mkdir -p wheels
"$python" -m pip download --quiet --disable-pip-version-check --dest wheels --only-binary :all: \
  --python-version "$wanted" ".[cluster,zstd]" 'hatchling>=1.27,<2'
DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} docker build --quiet --build-arg BASE="$base" --build-arg PIP_NO_INDEX=1 --tag "$tag" . >&2
echo "$tag"
