"""The program that takes out of a cluster of others what one run put in, when the run itself was killed.

Run in a private folder as `python -m toolkit.cluster.existing.end KUBECONFIG CONTEXT RUN`. It does what it can: where
the cluster does not answer, `toolkit cluster clean` finds what is left by its labels.
"""

from __future__ import annotations

import sys
from pathlib import Path

from toolkit.cluster.client import ApiClient
from toolkit.cluster.existing.leftovers import find_leftovers, removable_kinds, remove
from toolkit.errors import ToolkitError


def end(kubeconfig: str, context: str, run: str) -> None:
    """Remove what the run made, without waiting until it is gone. Raises ToolkitError (exit 4)."""
    client = ApiClient(kubeconfig, context, Path.cwd() / "credentials")
    remove(client, find_leftovers(client, removable_kinds(client), run).leftovers, within=0)


if __name__ == "__main__":
    try:
        end(*sys.argv[1:4])
    except ToolkitError as error:
        print(error, file=sys.stderr)
