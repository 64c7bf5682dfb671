"""`toolkit record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def record(
    logger_filename: Annotated[Path, typer.Option(help="File that the events are appended to.")] = Path(
        "/tmp/kube-audit-rest.log"
    ),
    audit_to_std_log: Annotated[
        bool, typer.Option("--audit-to-std-log", help="Log events to standard error instead of the file.")
    ] = False,
    logger_max_size: Annotated[int, typer.Option(min=0, help="Largest size of a log file in MiB.")] = 500,
    logger_max_backups: Annotated[int, typer.Option(min=0, help="How many full log files are kept; 0 keeps all.")] = 1,
    cert_filename: Annotated[Path, typer.Option(help="Certificate for TLS, PEM.")] = Path("/etc/tls/tls.crt"),
    cert_key_filename: Annotated[Path, typer.Option(help="Key of the certificate, PEM.")] = Path("/etc/tls/tls.key"),
    server_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the webhook (HTTPS).")] = 9090,
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the metrics page (HTTP).")] = 55555,
    verbosity: Annotated[bool, typer.Option("--verbosity", "-v", help="Log every request too.")] = False,
) -> None:
    """Record admission reviews as kube-audit-rest does: the same flags, answers and lines. Ctrl-C ends it."""
    from toolkit.webhook.recorder import RecorderSettings
    from toolkit.webhook.serve import serve_until_told
    from toolkit.webhook.server import Certificate

    serve_until_told(
        RecorderSettings(
            certificate=Certificate(cert_filename, cert_key_filename),
            log_filename=logger_filename,
            to_std_log=audit_to_std_log,
            max_size=logger_max_size,
            max_backups=logger_max_backups,
            port=server_port,
            metrics_port=metrics_port,
            verbose=verbosity,
        )
    )


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(record)
