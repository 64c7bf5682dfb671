"""From options to a catalog of fields, and what the machine adds to events."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolkit.fields.catalog import Catalog
    from toolkit.fields.event import Machine


def chosen_catalog(plugin: str, fields_files: Sequence[str] | None = None) -> Catalog:
    """Return the fields of `plugin` and of the user's own files: those of the flag, else the configured ones.

    Raises ToolkitError: exit 2 for a faulty configuration, exit 3 for a faulty file.
    """
    from toolkit.fields.catalog import load_catalog
    from toolkit.fields.user_fields import load_user_fields
    from toolkit.settings import load_settings

    return load_catalog(plugin, load_user_fields(fields_files or load_settings().fields))


def this_machine() -> Machine:
    """Return the host's name (FALCO_HOSTNAME if set) and the offset of local time that holds now."""
    from toolkit.fields.event import Machine

    return Machine(os.environ.get("FALCO_HOSTNAME") or socket.gethostname(), time.localtime().tm_gmtoff)
