"""The recorder's two applications: the webhook, and the metrics page."""

from __future__ import annotations

import json
import time
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from toolkit.webhook.counts import Counts
from toolkit.webhook.line import NotAReviewError, record_review, rfc3339_nano
from toolkit.webhook.std_log import StdLog


class LineWriter(Protocol):
    """Where lines go: a file, or standard error."""

    def write(self, line: bytes) -> None:
        """Write one line; raises OSError when that cannot be done."""

    def close(self) -> None:
        """Release what is held."""


class Webhook:
    """Answers a posted review after its line is written; every review is allowed."""

    def __init__(self, writer: LineWriter, counts: Counts, log: StdLog) -> None:
        self._writer = writer
        self._counts = counts
        self._log = log

    async def answer(self, request: Request) -> Response:
        """Record the review that was posted and allow it, or answer 400 with the reason in the header `error`."""
        self._counts.requests += 1
        try:
            uid = self._record(await _body(request))
        except NotAReviewError as error:
            self._log.debug("refused", reason=str(error))
            return Response(status_code=400, headers={"error": str(error)})
        return Response(_allowing(uid), media_type="application/json")

    def _record(self, body: bytes) -> str:
        review = record_review(body, rfc3339_nano(time.time_ns()))
        self._log.debug("recorded", uid=review.uid)
        try:
            self._writer.write(review.line)
        except OSError as error:
            self._counts.write_errors += 1
            self._log.error("a line was not written", uid=review.uid, error=str(error))
        self._counts.valid_requests += 1
        return review.uid


async def _body(request: Request) -> bytes:
    try:
        body = await request.body()
    except (TimeoutError, ClientDisconnect) as error:
        raise NotAReviewError("Failed to read body") from error
    if request.headers.get("content-type") != "application/json":
        raise NotAReviewError("expect contentType application/json")
    return body


def _allowing(uid: str) -> bytes:
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": True},
    }
    return json.dumps(review).encode()


def webhook_app(webhook: Webhook, path: str = "/log-request") -> Router:
    """Return the application that takes reviews at `path` by POST: 405 for other methods, 404 elsewhere."""
    return Router([Route(path, webhook.answer, methods=["POST"])], redirect_slashes=False)


def metrics_app(counts: Counts) -> Router:
    """Return the application that shows the counts at `/metrics`."""

    def page(_request: Request) -> Response:
        return Response(counts.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Router([Route("/metrics", page)], redirect_slashes=False)
