"""Kubeconfig files: one server, one user.

Certificates and keys are named, not held: the `kubernetes` library copies held ones into temporary files, which a
killed process would leave behind.
"""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.cluster.certificates import Pair


def write_kubeconfig(path: Path, server: str, authority: Path, user: str, client: Pair) -> Path:
    """Write a kubeconfig (as JSON, which is YAML too) that only its owner can read, and return its path."""
    name = "toolkit"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate": str(client.certificate),
                    "client-key": str(client.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    return path
