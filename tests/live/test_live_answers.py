"""Answers while rules have all hands full: from a process of their own, and from a thread beside the rules."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import pytest
from posting import Caller, Posted, post_all, request
from running import Running
from test_live_load import PATH, numbered
from waiting import until

pytestmark = pytest.mark.live
IN_ONE_PROCESS = Path(__file__).with_name("in_one_process.py")
CALLERS = 4


def answers_while_rules_run(live: Running, context: ssl.SSLContext, batch: bytes, wires: list[bytes]) -> Posted:
    """Give the rules work for seconds, and post meanwhile."""
    port = live.port
    caller = Caller(port, context)
    assert caller.post(request(batch, PATH)).startswith(b"HTTP/1.1 200")
    until(lambda: live.out_bytes)
    posted = post_all(wires, port, context, CALLERS)
    caller.close()
    assert posted.others == []
    return posted


def test_a_process_of_its_own_answers_sooner(
    pem: Path, ca: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "falco.yaml"
    config.write_text(
        "stdout_output: {enabled: true}\nplugins:\n  - name: k8sadmission\n    library_path: x\n"
        f'    init_config: {{sslCertificate: {pem}}}\n    open_params: "https://127.0.0.1:0{PATH}"\n'
        "  - {name: json, library_path: y}\nload_plugins: [k8sadmission, json]\n"
    )
    rounds = list(numbered(20_000))
    batch = b"\n".join(wire.partition(b"\r\n\r\n")[2] for wire in rounds[0])
    wires, context = rounds[1][:2_000], ssl.create_default_context(cafile=str(ca))
    found = {}
    for name, command in (
        ("a process of its own", (str(Path(sys.executable).with_name("toolkit")),)),
        ("a thread beside the rules", (sys.executable, str(IN_ONE_PROCESS))),
    ):
        live = Running(tmp_path, ("-c", str(config), "-r", "bundled", "--matching", "all"), {}, command)
        try:
            found[name] = answers_while_rules_run(live, context, batch, wires)
        finally:
            live.kill()
    with capsys.disabled():
        print(f"\n  answers while rules run, {CALLERS} callers:")
        for name, posted in found.items():
            p50, p99 = (posted.quantile(share) * 1e3 for share in (0.5, 0.99))
            print(f"  {name}: median {p50:.1f} ms, p99 {p99:.1f} ms, {2_000 / posted.seconds:,.0f} a second")
    own, thread = found.values()
    assert own.quantile(0.99) < thread.quantile(0.99)
