"""The pages beside an endpoint: whether it lives, and its metrics."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEALTHY = b'{"status": "ok"}'
"""What Falco's own health page says."""


def health_page(path: str) -> Route:
    """Return the page that says that the process lives."""

    async def page(_request: Request) -> Response:
        return Response(HEALTHY, media_type="application/json")

    return Route(path, page)


def metrics_page(text: Callable[[], bytes]) -> Route:
    """Return the page `/metrics`; `text` gives it in Prometheus' format."""

    async def page(_request: Request) -> Response:
        return Response(text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Route("/metrics", page)
