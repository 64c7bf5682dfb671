"""The least that a server of the same library can do: read a body over TLS and answer 200. Prints its port."""

from __future__ import annotations

import socket
import ssl
import sys

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router


async def answer(request: Request) -> Response:
    """Read and answer."""
    await request.body()
    return Response(b"{}", media_type="application/json")


def main(pem: str) -> None:
    """Serve until killed."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        Router([Route("/k8s-audit", answer, methods=["POST"])]),
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        ssl_certfile=pem,
        ssl_keyfile=pem,
    )
    config.load()
    assert isinstance(config.ssl, ssl.SSLContext)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
