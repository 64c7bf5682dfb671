"""A stand-in for the few calls of Google Cloud Storage's JSON interface that reading needs; not the real thing."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

_CALL = re.compile(r"(?:/download)?/storage/v1/b/logs/o(?:/(?P<name>.+))?")
_WRITTEN = "2026-11-23T05:51:16.000Z"
_ABSENT = b'{"error": {"code": 404, "message": "Not Found"}}'


class _Bucket:
    """The objects of the bucket `logs`, by name."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def described(self, name: str) -> dict[str, str]:
        size = str(len(self.objects[name]))
        return {"bucket": "logs", "name": name, "size": size, "timeCreated": _WRITTEN, "updated": _WRITTEN}

    def listed(self, prefix: str, delimiter: str | None) -> dict[str, object]:
        below = {name: name.removeprefix(prefix) for name in sorted(self.objects) if name.startswith(prefix)}
        deep = {name for name, rest in below.items() if delimiter and delimiter in rest}
        prefixes = {prefix + below[name].partition(str(delimiter))[0] + str(delimiter) for name in deep}
        return {
            "items": [self.described(name) for name in below if name not in deep],
            "prefixes": sorted(prefixes),
        }


@contextmanager
def gcs_endpoint(objects: dict[str, bytes]) -> Iterator[str]:
    """Serve the objects of a bucket `logs`, by name, and return the URL of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(_Bucket(objects)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(bucket: _Bucket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            call = _CALL.fullmatch(parts.path)
            name = unquote(call["name"] or "") if call else "none"
            if not name:
                self._answer(200, json.dumps(bucket.listed(query.get("prefix", ""), query.get("delimiter"))).encode())
            elif name not in bucket.objects:
                self._answer(404, _ABSENT)
            elif query.get("alt") == "media":
                self._send(bucket.objects[name])
            else:
                self._answer(200, json.dumps(bucket.described(name)).encode())

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, content: bytes) -> None:
            found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            begin, end = (int(found[1]), int(found[2] or len(content))) if found else (0, len(content))
            self._answer(206 if found else 200, content[begin : end + 1])

        def _answer(self, status: int, body: bytes) -> None:
            with suppress(OSError):  # gcsfs asks more than it waits for
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

    return Handler
