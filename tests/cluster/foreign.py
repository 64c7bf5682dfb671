"""A local control plane used as if it were somebody else's cluster."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.cluster.client import ApiClient
from toolkit.cluster.existing.leftovers import find_leftovers, removable_kinds

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROOT = Path(__file__).resolve().parents[2]
YES = "--yes-this-is-a-test-cluster"


@dataclass(frozen=True)
class Foreign:
    """Somebody else's cluster: its administrator's client, and a folder for kubeconfigs of other users."""

    admin: ApiClient
    kubeconfig: Path
    folder: Path

    def leftovers(self) -> list[str]:
        """Return everything that has the toolkit's labels."""
        return [str(each) for each in find_leftovers(self.admin, removable_kinds(self.admin)).leftovers]

    def with_keys_inside(self) -> Path:
        """Return the administrator's kubeconfig with certificates and keys in it, as most clusters hand it out."""
        config = json.loads(self.kubeconfig.read_text())
        for about in (config["clusters"][0]["cluster"], config["users"][0]["user"]):
            for key in [key for key in about if key in {"certificate-authority", "client-certificate", "client-key"}]:
                about[f"{key}-data"] = base64.b64encode(Path(about.pop(key)).read_bytes()).decode()
        return self._write("inside", config)

    def user(self, name: str, rules: Sequence[dict[str, Any]]) -> Path:
        """Return the kubeconfig of a service account that may do what the rules say, and nothing else."""
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        subject = {"kind": "ServiceAccount", "name": name, "namespace": "default"}
        binding = {**role, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]}
        accounts = "/api/v1/namespaces/default/serviceaccounts"
        self.post(accounts, account)
        self.post(f"{RBAC}/clusterroles", {**role, "rules": list(rules)})
        self.post(f"{RBAC}/clusterrolebindings", binding)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = self.post(f"{accounts}/{name}/token", request)["status"]["token"]
        config = json.loads(self.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": token}
        return self._write(name, config)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make an object."""
        answer = self.admin.request("POST", path, body=body)
        assert answer.status == 201, answer.message
        made: dict[str, Any] = answer.json()
        return made

    def _write(self, name: str, config: dict[str, Any]) -> Path:
        path = self.folder / f"{name}.kubeconfig"
        path.write_text(json.dumps(config))
        return path


ALLOWED_EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]


def toolkit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return finished(begun(*arguments))


def begun(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the command in the project's folder."""
    command = [sys.executable, "-m", "toolkit", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def finished(run: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a command to end."""
    out, error = run.communicate(timeout=120)
    return subprocess.CompletedProcess(run.args, run.returncode, out, error)
