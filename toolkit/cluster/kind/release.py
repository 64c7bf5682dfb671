"""The program that takes out of a cluster what records in it, and leaves the cluster: `KUBECONFIG` is its argument."""

from __future__ import annotations

import sys
from pathlib import Path

from toolkit.cluster.client import ApiClient
from toolkit.cluster.kind.cluster import WEBHOOK
from toolkit.cluster.recorder import webhooks
from toolkit.cluster.recorder.deployment import DeploymentSettings, RecorderDeployment
from toolkit.errors import ToolkitError


def release(kubeconfig: Path) -> None:
    """Remove the webhook and the recorder. Raises ToolkitError (exit 4) when the API server refuses."""
    client = ApiClient(kubeconfig, private=kubeconfig.parent)
    webhooks.unregister(client, WEBHOOK)
    RecorderDeployment(client, DeploymentSettings(), kubeconfig.parent).remove()


if __name__ == "__main__":
    try:
        release(Path(sys.argv[1]))
    except ToolkitError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
