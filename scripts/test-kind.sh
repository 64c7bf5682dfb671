#!/usr/bin/env bash
# Runs the tests on real kind clusters; fails where none can be made.
#   test-kind.sh [PYTEST ARGUMENT…]
#   KIND_TOOLS=FOLDER     scripts that make a node image and a Python base where no image can be pulled: prepare.sh,
#                         build-python-base.sh. Without it kind's and kube-audit-rest's own images are pulled.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${VENV:-.venv}/bin

if [ -n "${KIND_TOOLS:-}" ]; then
  lines=$("$KIND_TOOLS/prepare.sh" | tail -n 2)
  eval "$lines"
  base=$("$KIND_TOOLS/build-python-base.sh" | tail -n 1)
  export TOOLKIT_TEST_RECORDER_IMAGE
  TOOLKIT_TEST_RECORDER_IMAGE=$(BASE=$base PYTHON=$bin/python scripts/build-image.sh | tail -n 1)
fi
TOOLKIT_REQUIRE_KIND=1 "$bin/pytest" -m kind tests/kind "$@"
