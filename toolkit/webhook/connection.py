"""One HTTP connection, with limits on how long a caller may take: a slow one is cut off and holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_LOOKS = 8

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a caller may take; by default those of kube-audit-rest.

    `read`: from a request's first byte to its last, and for the TLS handshake; `write`: to take in an answer; `idle`:
    without the first byte of a request. A caller is looked at eight times within the shortest of them.
    """

    read: float = 5.0
    write: float = 10.0
    idle: float = 15.0

    @property
    def look_every(self) -> float:
        """Seconds between two looks at a connection."""
        return min(self.read, self.write, self.idle) / _LOOKS


USUAL = Timeouts()
"""The limits of kube-audit-rest."""


class _OnePiece:
    """A transport that sends what was written in one go in one piece: an answer's head and body as one TLS record.

    Uvicorn writes them apart, which costs every small request a system call and a record more.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts and not self._transport.is_closing():
            self._transport.write(b"".join(self._parts))
        self._parts.clear()


class TimedConnection(H11Protocol):
    """Uvicorn's connection, ended when it takes longer than it may.

    A request whose body is late raises TimeoutError in the application that waits for it, once; what the application
    answers is still sent, then the connection is closed.
    """

    def __init__(self, timeouts: Timeouts, **connection: Any) -> None:
        super().__init__(**connection)
        self._timeouts = timeouts
        self._application = self.app
        self.app = self._answer_in_time
        self._next_look: asyncio.TimerHandle | None = None
        self._request_began: float | None = None
        self._quiet_since = self._blocked_since = self._now()
        self._is_blocked = self._is_late = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at the time."""
        super().connection_made(_OnePiece(transport, self.loop))  # type: ignore[arg-type]
        self._next_look = self.loop.call_later(self._timeouts.look_every, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End looking at the time."""
        if self._next_look:
            self._next_look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in bytes of a request; the first of them starts its time."""
        if self._request_began is None:
            self._request_began = self._now()
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # nonsense where the answer has been given already
            self.transport.abort()
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self._request_began = None

    def send_400_response(self, msg: str) -> None:
        """Refuse nonsense in the middle of a body; the application that waits for the rest has nobody to answer."""
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Start the time of what comes next: silence, or the request that was sent behind this one."""
        self._quiet_since = self._now()
        if self.conn.their_state is not h11.SEND_BODY:
            self._request_began = self._quiet_since if self.conn.trailing_data[0] else None
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Start the time within which the caller must take in what waits for it."""
        self._is_blocked, self._blocked_since = True, self._now()
        super().pause_writing()

    def resume_writing(self) -> None:
        """End that time."""
        self._is_blocked = False
        super().resume_writing()

    async def _answer_in_time(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        async def receive_in_time() -> Message:
            message = await receive()
            if self._is_late and message["type"] == "http.request":
                raise TimeoutError(f"no whole request within {self._timeouts.read:g} s")
            return message

        await self._application(scope, receive_in_time, send)

    def _look(self) -> None:
        if self._now() < self._deadline():
            self._next_look = self.loop.call_later(self._timeouts.look_every, self._look)
        elif self._waits_for_body() and not self._is_late:
            self._is_late, self.cycle.keep_alive = True, False
            self.cycle.message_event.set()
            self._next_look = self.loop.call_later(self._timeouts.write, self.transport.abort)
        else:
            self.transport.abort()

    def _deadline(self) -> float:
        """Return when the caller will have taken too long; never while the application has its turn."""
        if self._is_blocked:
            return self._blocked_since + self._timeouts.write
        if self._request_began is None:
            return self._quiet_since + self._timeouts.idle
        is_theirs = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        return self._request_began + self._timeouts.read if is_theirs else float("inf")

    def _waits_for_body(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY and not self.cycle.response_started

    def _now(self) -> float:
        return self.loop.time()
