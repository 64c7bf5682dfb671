"""Short ways to rules files for tests."""

from __future__ import annotations

from typing import Any

from toolkit.fields.catalog import load_catalog
from toolkit.ruleset.loader import Loaded, RuleFile, load

CATALOG = load_catalog("corrected")


def load_text(*texts: str | bytes, **options: Any) -> Loaded:
    """Load texts as rules files `0.yaml`, `1.yaml` and so on."""
    octets = [text if isinstance(text, bytes) else text.encode() for text in texts]
    return load([RuleFile(f"{number}.yaml", text) for number, text in enumerate(octets)], CATALOG, **options)


def rule(name: str = "r", condition: str = "kar.verb exists", **keys: str) -> str:
    """Return the text of a rule."""
    values = {"desc": "d", "condition": condition, "output": "x", "priority": "INFO", "source": "k8s_admission", **keys}
    return "".join([f"- rule: {name}\n", *(f"  {_spelled(key)}: {value}\n" for key, value in values.items())])


def _spelled(key: str) -> str:
    return key.replace("_", "-") if key.startswith("skip") else key


def errors(*texts: str | bytes, **options: Any) -> list[tuple[str, str]]:
    """Return code and message of the errors of the last file, as Falco would print them."""
    loaded = load_text(*texts, **options)
    return [(error.code.name.removeprefix("LOAD_ERR_"), error.message) for error in loaded.results[-1].errors]


def warnings(*texts: str | bytes) -> list[tuple[str, str]]:
    """Return code and message of the warnings of the last file."""
    loaded = load_text(*texts)
    return [(one.code.name.removeprefix("LOAD_"), one.message) for one in loaded.results[-1].warnings]


def condition_of(text: str, name: str = "r") -> str:
    """Return a rule's condition with exceptions and lists put in."""
    found = load_text(text).checked().find(name)
    assert found
    return found.expanded_text
