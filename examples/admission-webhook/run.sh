#!/bin/sh
# Put this example into the cluster of the current context; KUBECTL names another.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../apply.sh" "$here" k8sadmission
