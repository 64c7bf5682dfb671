"""What a step's shape cannot say of it: names that must be known, expectations that must fit each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolkit.errors import Faults, closest
from toolkit.located import Located
from toolkit.scenarios.format import CONNECT_VERBS, VERBS
from toolkit.scenarios.kinds import kind_key
from toolkit.scenarios.model import Step, Target
from toolkit.scenarios.placeholders import check_placeholders
from toolkit.scenarios.shapes import describe


def check_names(steps: Sequence[Step], faults: Faults) -> None:
    """Add a fault for every step whose name another one has."""
    seen: dict[str, Step] = {}
    for step in steps:
        if step.name in seen:
            hint = f"the first is at {seen[step.name].place}"
            faults.add(f'two steps are named "{step.name}"', step.place, hint=hint)
        seen.setdefault(step.name, step)


def check_step(step: Step, needs: frozenset[str], resources: Mapping[str, Target], faults: Faults) -> None:
    """Add the faults of one step: resources and kinds that nobody knows, expectations that cannot be met.

    `needs` are the features that its scenario needs.
    """
    for manifest in step.manifests:
        _check_manifest(step, manifest, resources, faults)
    for part in step.manifests or (step.body,):
        check_placeholders(part, faults, has_nodes="kubelet" in needs | step.needs)
    body = step.body.value if step.verb in VERBS else {}
    named = [body["resource"]] if "resource" in body else []
    for resource in named:
        if resource.value not in resources:
            hint = closest(str(resource.value), [key for key in resources if " " not in key])
            hint = hint or "use the plural name; other resources are reached by the verb raw"
            faults.add(f'resource "{resource.value}" is not known', resource.place, hint=hint)
    if step.wait_for and step.wait_for.resource not in resources:
        faults.add(f'resource "{step.wait_for.resource}" is not known', step.wait_for.place)
    _check_expectations(step, faults)


def _check_manifest(step: Step, manifest: Located, resources: Mapping[str, Target], faults: Faults) -> None:
    version, kind = (manifest.value.get(key) for key in ("apiVersion", "kind"))
    if not version or not kind:
        faults.add("a manifest needs apiVersion and kind", manifest.place)
        return
    if kind_key(str(version.value), str(kind.value)) not in resources:
        kinds = [key for key in resources if " " in key]
        near = closest(kind_key(str(version.value), str(kind.value)), kinds)
        hint = near or "define it by a CustomResourceDefinition in this scenario, or use the verb raw"
        faults.add(f"{version.value} {kind.value} is not a known kind", kind.place, hint=hint)
    metadata = manifest.value.get("metadata")
    names = metadata.value if metadata and isinstance(metadata.value, dict) else {}
    if "name" not in names and (step.verb != "create" or "generateName" not in names):
        faults.add("a manifest needs metadata.name", manifest.place)
    for key in ("name", "generateName", "namespace"):
        if key in names and not isinstance(names[key].value, str):
            faults.add(f"expected a text, found {describe(names[key])}", names[key].place, hint="put it in quotes")


def _check_expectations(step: Step, faults: Faults) -> None:
    for rule in set(step.fires) & set(step.near_miss):
        faults.add(f'rule "{rule}" stands under fires and under nearMiss', step.place)
    if step.records_nothing and (step.fires or step.near_miss):
        hint = "without an event no rule can fire, and none can hold still"
        faults.add("a step that records nothing cannot judge rules", step.place, hint=hint)
    if step.dry_run and step.verb in (*CONNECT_VERBS, "get", "raw"):
        faults.add(f"{step.verb} knows no dry run", step.place, hint="remove dryRun")
