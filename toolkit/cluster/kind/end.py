"""The program that ends a kind cluster: its containers, their volumes, and the network that was made for it.

Run as `python -I kind_end.py ENGINE CLUSTER NETWORK`, so it imports nothing but the standard library; NETWORK "" means
one that is not ours. It needs no kind and can be run again: what is gone already is no error. A container that the
engine was just told to start when all was killed comes up later, so it looks twice.
"""

from __future__ import annotations

import subprocess
import sys
import time

LABEL = "io.x-k8s.kind.cluster"
"""The label by which kind knows a cluster's containers."""
_LOOK_EVERY = 0.5


def main(engine: str, cluster: str, network: str) -> int:
    """End the cluster and return the exit status; other than 0 when something of it stays."""
    try:
        _remove_containers(engine, cluster)
        if network and network in _answer(engine, "network", "ls", "--format", "{{.Name}}").split():
            _answer(engine, "network", "rm", network)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd)}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    return 0


def _remove_containers(engine: str, cluster: str) -> None:
    clean_looks = 0
    while clean_looks < 2:
        found = _answer(engine, "ps", "--all", "--quiet", "--filter", f"label={LABEL}={cluster}").split()
        if found:
            _answer(engine, "rm", "--force", "--volumes", *found)
        clean_looks = 0 if found else clean_looks + 1
        time.sleep(_LOOK_EVERY)


def _answer(engine: str, *arguments: str) -> str:
    """Return what the engine prints. Raises CalledProcessError when it fails."""
    return subprocess.run([engine, *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3]))
