"""The kinds that every cluster has: how a manifest's kind, and a plural name, become a path of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.scenarios.model import Target

_NAMESPACED = """
v1 Pod pods
v1 Service services
v1 ConfigMap configmaps
v1 Secret secrets
v1 ServiceAccount serviceaccounts
v1 Endpoints endpoints
v1 Event events
v1 LimitRange limitranges
v1 PersistentVolumeClaim persistentvolumeclaims
v1 PodTemplate podtemplates
v1 ReplicationController replicationcontrollers
v1 ResourceQuota resourcequotas
apps/v1 Deployment deployments
apps/v1 DaemonSet daemonsets
apps/v1 ReplicaSet replicasets
apps/v1 StatefulSet statefulsets
apps/v1 ControllerRevision controllerrevisions
batch/v1 Job jobs
batch/v1 CronJob cronjobs
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers
coordination.k8s.io/v1 Lease leases
discovery.k8s.io/v1 EndpointSlice endpointslices
networking.k8s.io/v1 Ingress ingresses
networking.k8s.io/v1 NetworkPolicy networkpolicies
policy/v1 PodDisruptionBudget poddisruptionbudgets
rbac.authorization.k8s.io/v1 Role roles
rbac.authorization.k8s.io/v1 RoleBinding rolebindings
authorization.k8s.io/v1 LocalSubjectAccessReview localsubjectaccessreviews
"""
_CLUSTER_WIDE = """
v1 Namespace namespaces
v1 Node nodes
v1 PersistentVolume persistentvolumes
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions
apiregistration.k8s.io/v1 APIService apiservices
authentication.k8s.io/v1 TokenReview tokenreviews
authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews
authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews
authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews
authorization.k8s.io/v1 SubjectAccessReview subjectaccessreviews
certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests
networking.k8s.io/v1 IngressClass ingressclasses
node.k8s.io/v1 RuntimeClass runtimeclasses
rbac.authorization.k8s.io/v1 ClusterRole clusterroles
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings
scheduling.k8s.io/v1 PriorityClass priorityclasses
storage.k8s.io/v1 CSIDriver csidrivers
storage.k8s.io/v1 StorageClass storageclasses
storage.k8s.io/v1 VolumeAttachment volumeattachments
"""


def _targets(table: str, namespaced: bool) -> dict[str, Target]:
    rows = [line.split() for line in table.strip().splitlines()]
    return {
        key: Target(*_group_version(version), plural, namespaced)
        for version, kind, plural in rows
        for key in (kind_key(version, kind), plural)
    }


def _group_version(api_version: str) -> tuple[str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version


def kind_key(api_version: str, kind: str) -> str:
    """Return the key under which a manifest's kind is known."""
    return f"{api_version} {kind}"


BUILT_IN: Mapping[str, Target] = _targets(_NAMESPACED, True) | _targets(_CLUSTER_WIDE, False)
"""Every known kind, under its plural and under `apiVersion Kind`."""


def known_kinds(manifests: Iterable[Mapping[str, Any]]) -> dict[str, Target]:
    """Return the built-in kinds and those that CustomResourceDefinitions among the manifests define."""
    known = dict(BUILT_IN)
    for manifest in manifests:
        if manifest.get("kind") == "CustomResourceDefinition":
            known |= _defined_by(manifest.get("spec"))
    return known


def _defined_by(spec: Any) -> dict[str, Target]:
    try:
        group, names = spec["group"], spec["names"]
        namespaced = spec["scope"] == "Namespaced"
        versions = [version["name"] for version in spec["versions"]]
        plural, kind = names["plural"], names["kind"]
    except (KeyError, TypeError):
        return {}  # the API server says better what such a definition lacks
    targets = {v: Target(group, v, plural, namespaced) for v in versions}
    by_kind = {kind_key(f"{group}/{v}", kind): target for v, target in targets.items()}
    return by_kind | {target.plural: target for target in reversed(targets.values())}
