"""The endpoint's application: a review is answered "allowed" at once, and its text goes to the rules' queue."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from toolkit.texts import encode_json
from toolkit.webhook.endpoint_counts import OVERSIZE, QUEUE_FULL, EndpointCounts
from toolkit.webhook.intake import Intake
from toolkit.webhook.limits import Limits
from toolkit.webhook.line import NotAReviewError
from toolkit.webhook.posted import KIND, Asked, TooLargeError, UnknownEncodingError, read_body, unpack

BEING_READ = 128 * 1024 * 1024
"""So many bytes of bodies may be on their way in at one time."""
_PATIENT = 8
_IN_HEADERS = re.compile("[^ -~]")
RETRY_AFTER = 1
"""Seconds after which a shipper may try again when the queue was full."""


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = {"error": _IN_HEADERS.sub("?", reason)} | (headers or {})


class _QueueFullError(_RefusedError):
    def __init__(self) -> None:
        super().__init__(429, "the queue is full, send this again", {"retry-after": str(RETRY_AFTER)})


class Endpoint:
    """Answers posts; `note` is told, in one line, which events are too large."""

    def __init__(self, intake: Intake, counts: EndpointCounts, limits: Limits, note: Callable[[str], None]) -> None:
        self._intake = intake
        self._counts = counts
        self._limits = limits
        self._note = note
        self._being_read = 0

    async def answer(self, request: Request) -> Response:
        """Answer a post: a review or a batch is taken with 200, everything else refused with the header `error`."""
        self._counts.requests += 1
        try:
            body = await self._unpacked_body(request)
            return self._taken(read_body(body))
        except NotAReviewError as error:
            return self._refused(_RefusedError(400, str(error)))
        except _RefusedError as error:
            return self._refused(error)

    def _taken(self, posted: Asked | list[bytes]) -> Response:
        now = time.time_ns()
        if isinstance(posted, Asked):
            self._take_review(posted, now)
            return _json(_allowing(posted))
        left_out = self._take(posted, now)
        self._counts.batches += 1
        return _json({"events": len(posted), "dropped": left_out})

    def _take_review(self, asked: Asked, now: int) -> None:
        try:
            self._take([asked.text], now)
        except _QueueFullError:
            if asked.is_logged:
                raise
            self._counts.events += 1
            self._counts.dropped[QUEUE_FULL] += 1
        self._counts.answered += 1

    def _take(self, texts: list[bytes], now: int) -> int:
        """Queue the texts that are not too large; return how many were."""
        fitting = [text for text in texts if len(text) <= self._limits.event]
        if not self._intake.offer(fitting, now):
            raise _QueueFullError
        self._counts.events += len(texts)
        for text in texts:
            if len(text) > self._limits.event:
                self._leave_out(text)
        return len(texts) - len(fitting)

    def _leave_out(self, text: bytes) -> None:
        self._counts.dropped[OVERSIZE] += 1
        self._note(f"an event of {len(text)} bytes is larger than maxEventSize, {self._limits.event}, and was left out")

    async def _unpacked_body(self, request: Request) -> bytes:
        try:
            body = await self._body(request)
            return unpack(body, request.headers.get("content-encoding", "").strip().lower(), self._limits.body)
        except TooLargeError as error:
            raise self._too_large() from error
        except UnknownEncodingError as error:
            raise _RefusedError(415, f"content encoding {error} is not known, use gzip") from error
        except TimeoutError as error:
            raise _RefusedError(408, "the body did not come in time") from error
        except ClientDisconnect as error:
            raise NotAReviewError("the body was cut off") from error

    async def _body(self, request: Request) -> bytes:
        """Read a body; one that is too large is read to its end too, or the caller would not hear the answer."""
        chunks: list[bytes] = []
        kept = size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size <= self._limits.body:
                    chunks.append(chunk)
                    kept += len(chunk)
                    self._being_read += len(chunk)
                elif size > _PATIENT * self._limits.body:
                    raise self._too_large()
                if self._being_read > BEING_READ:
                    raise _RefusedError(503, "too much at once", {"retry-after": str(RETRY_AFTER)})
        finally:
            self._being_read -= kept
        if size > self._limits.body:
            raise self._too_large()
        return b"".join(chunks)

    def _too_large(self) -> _RefusedError:
        return _RefusedError(413, f"a body may have {self._limits.body} bytes (webhookMaxBatchSize)")

    def _refused(self, error: _RefusedError) -> Response:
        self._counts.refused[str(error.status)] += 1
        # What was not read of a body cannot be told from the next request.
        headers = error.headers if error.status in {400, 415, 429} else error.headers | {"connection": "close"}
        return Response(status_code=error.status, headers=headers)


def _allowing(asked: Asked) -> dict[str, object]:
    return {"apiVersion": asked.api_version, "kind": KIND, "response": {"uid": asked.uid, "allowed": True}}


def _json(answer: dict[str, object]) -> Response:
    return Response(encode_json(answer), media_type="application/json")


def endpoint_app(endpoint: Endpoint, path: str, pages: list[Route]) -> Router:
    """Return the application that takes posts at `path` and shows `pages`: 405 for other methods, 404 elsewhere."""
    return Router([Route(path, endpoint.answer, methods=["POST"]), *pages], redirect_slashes=False)
