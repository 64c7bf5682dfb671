"""Builds a Scenario from a file whose shape is right, and finds what a shape cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.errors import Faults, ToolkitError
from toolkit.located import Located, elements, read_yaml
from toolkit.places import shown
from toolkit.scenarios.checks import check_names, check_step
from toolkit.scenarios.format import MANIFEST_VERBS, VERBS
from toolkit.scenarios.kinds import known_kinds
from toolkit.scenarios.model import ADMIN, Consequence, Identity, Scenario, Step, Wait
from toolkit.scenarios.playing import digest_of, given_texts


class ScenarioBuilder:
    """Builds one scenario; `files_used` are the manifests that it named."""

    def __init__(self, path: Path, document: Located, faults: Faults) -> None:
        self._path = path
        self._document = document
        self._faults = faults
        self._texts: list[str] = []
        self.files_used: set[Path] = set()

    def build(self) -> Scenario | None:
        """Return the scenario, or None after adding what is wrong with it."""
        before = len(self._faults)
        metadata, spec = (self._document.value[key].value for key in ("metadata", "spec"))
        name = metadata["name"].value
        if name != self._path.stem:
            hint = f"rename the file to {name}.yaml, or the scenario to {self._path.stem}"
            self._faults.add(f'the name "{name}" is not the file\'s', metadata["name"].place, hint=hint)
        setup, steps, teardown = (self._steps(spec.get(key), key) for key in ("setup", "steps", "teardown"))
        check_names(steps, self._faults)
        resources = known_kinds(m.plain() for s in (*setup, *steps, *teardown) for m in s.manifests)
        for step in (*setup, *steps, *teardown):
            check_step(step, _words(spec.get("needs")), resources, self._faults)
        if len(self._faults) > before:
            return None
        overlay = spec.get("rules")
        return Scenario(
            name=name,
            description=metadata["description"].value,
            path=self._path,
            digest=digest_of(spec, setup + steps + teardown),
            namespace=spec["namespace"].value if "namespace" in spec else name,
            own_namespace="namespace" not in spec,
            needs=_words(spec.get("needs")),
            rules_overlay=overlay.value if overlay else None,
            overlay_place=overlay.place if overlay else None,
            setup=setup,
            steps=steps,
            teardown=teardown,
            resources=resources,
            given="\n".join([*given_texts(self._document), *self._texts]),
        )

    def _steps(self, found: Located | None, phase: str) -> tuple[Step, ...]:
        entries = found.value if found else []
        return tuple(self._step(entry, f"{phase} {number}") for number, entry in enumerate(entries, 1))

    def _step(self, found: Located, unnamed: str) -> Step:
        keys: dict[str, Located] = found.value
        verb = next(key for key in keys if key in MANIFEST_VERBS or key in VERBS)
        fires, near_miss = self._counts(keys.get("fires")), keys.get("nearMiss")
        places = {rule: place for key in ("fires", "nearMiss") for rule, place in _rule_places(keys.get(key))}
        return Step(
            name=keys["name"].value if "name" in keys else unnamed,
            verb=verb,
            body=keys[verb],
            manifests=tuple(self._manifests(keys[verb])) if verb in MANIFEST_VERBS else (),
            identity=_identity(keys.get("as")),
            dry_run=_plain(keys.get("dryRun"), False),
            status=_plain(keys.get("status"), None),
            fires=fires,
            near_miss=near_miss.plain() if near_miss else {},
            consequences=tuple(self._consequence(entry) for entry in elements(keys.get("consequences"))),
            records_nothing="records" in keys or verb == "get",
            wait_for=_wait(keys.get("waitFor")),
            needs=_words(keys.get("needs")),
            place=found.place,
            rule_places=places,
        )

    def _counts(self, found: Located | None) -> dict[str, int]:
        """Return how often each rule must fire; a rule named twice in a list is a fault."""
        if found is None or isinstance(found.value, dict):
            return found.plain() if found else {}
        counts: dict[str, int] = {}
        for entry in found.value:
            if entry.value in counts:
                hint = f"a map gives counts: {entry.value}: 2"
                self._faults.add(f'rule "{entry.value}" is listed twice', entry.place, hint=hint)
            counts[entry.value] = 1
        return counts

    def _consequence(self, found: Located) -> Consequence:
        keys = found.value
        optional = {key: _plain(keys.get(key), None) for key in ("subresource", "namespace", "name")}
        user, verb, resource = (keys[key].value for key in ("user", "verb", "resource"))
        return Consequence(user, verb, resource, fires=self._counts(keys["fires"]), place=found.place, **optional)

    def _manifests(self, found: Located) -> Iterator[Located]:
        for entry in elements(found):
            if set(entry.value) == {"file"}:
                yield from self._from_file(entry.value["file"])
            else:
                yield entry

    def _from_file(self, named: Located) -> list[Located]:
        path = self._path.parent / str(named.value)
        try:
            text = path.read_bytes()
            documents = read_yaml(text, shown(path))
        except OSError as error:
            self._faults.add(f"manifest {named.value} cannot be read: {error.strerror}", named.place)
            return []
        except ToolkitError as error:
            for fault in error.faults:
                self._faults.add(fault.message, fault.place, hint=fault.hint)
            return []
        self.files_used.add(path)
        self._texts += [text for document in documents for text in given_texts(document)]
        for document in documents:
            if not isinstance(document.value, dict):
                self._faults.add("expected a manifest", document.place)
        return [document for document in documents if isinstance(document.value, dict)]


def _identity(found: Located | None) -> Identity:
    if found is None:
        return ADMIN
    return Identity(found.value["user"].value, tuple(_plain(found.value.get("groups"), [])))


def _wait(found: Located | None) -> Wait | None:
    if found is None:
        return None
    resource, name, condition = (found.value[key].value for key in ("resource", "name", "condition"))
    return Wait(resource, name, condition, _plain(found.value.get("namespace"), None), found.place)


def _rule_places(found: Located | None) -> Iterator[tuple[str, Any]]:
    if found and isinstance(found.value, dict):
        yield from (found.keys or {}).items()
    elif found:
        yield from ((entry.value, entry.place) for entry in found.value)


def _plain(found: Located | None, default: Any) -> Any:
    return default if found is None else found.plain()


def _words(found: Located | None) -> frozenset[str]:
    return frozenset(_plain(found, []))
