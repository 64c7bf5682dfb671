"""Configurations as tests write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from toolkit.configuration.load import load_configuration
from toolkit.configuration.model import Configuration
from toolkit.errors import ExitCode, ToolkitError


def configured(text: str, *overrides: str, variables: Mapping[str, str] | None = None) -> Configuration:
    """Return what a file `falco.yaml` of this text, in the current folder, comes to."""
    Path("falco.yaml").write_text(text, "utf-8")
    return load_configuration("falco.yaml", overrides, variables)


def refused(text: str, *overrides: str, variables: Mapping[str, str] | None = None) -> list[str]:
    """Return the faults of such a file, each in one line without its hint."""
    with pytest.raises(ToolkitError) as raised:
        configured(text, *overrides, variables=variables)
    assert raised.value.exit_code == ExitCode.USAGE
    return [str(fault).splitlines()[0] for fault in raised.value.faults]
