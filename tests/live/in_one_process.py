"""`toolkit run` with the server in a thread beside the rules: what the toolkit does not do, for comparison."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import Any

from toolkit.cli.main import main
from toolkit.webhook.answering import serve
from toolkit.webhook.http_source import HttpSource
from toolkit.webhook.orders import Orders


class Thread:
    """Stands in for the process that answers."""

    def __init__(self, orders: Orders) -> None:
        threading.Thread(target=serve, args=(orders,), daemon=True).start()

    def wait(self, _within: float) -> int:
        """Nothing to wait for."""
        return 0


def start(_source: HttpSource, orders: Orders) -> Any:
    """Serve in a thread, on copies of the descriptors, which would else be closed."""
    listeners = tuple(replace(each, descriptor=os.dup(each.descriptor)) for each in orders.listeners)
    return Thread(replace(orders, link=os.dup(orders.link), listeners=listeners))


if __name__ == "__main__":
    HttpSource._start = start  # type: ignore[method-assign, assignment]
    main()
