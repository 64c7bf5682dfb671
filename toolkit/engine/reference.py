"""The Falco release whose meaning this engine follows; every recording under tests/conformance comes from it."""

from __future__ import annotations

from toolkit.ruleset.versions import ENGINE

FALCO_VERSION = "0.44.1"
FALCO_ENGINE_VERSION = str(ENGINE)
