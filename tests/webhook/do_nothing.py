"""The least that a TLS server of this library does: `do_nothing.py CERTIFICATE KEY` reads bodies and answers 200.

Its settings are those of the recorder's server. It prints its port, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router


async def nothing(request: Request) -> Response:
    """Read the body and answer."""
    await request.body()
    return Response(b"{}", media_type="application/json")


async def serve(certificate: str, key: str) -> None:
    """Serve on a port of the system's choice."""
    config = uvicorn.Config(
        Router([Route("/log-request", nothing, methods=["POST"])], redirect_slashes=False),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        http="h11",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=15,
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
