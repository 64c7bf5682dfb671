"""Draw the README's picture: what `toolkit validate` prints when a rule misses what it claims to see."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
SLASH = """\
- macro: sensitive_vol_mount
  condition: >
    (kar.req.pod.volumes.hostpath intersects ("/etc/", "/", "/run/containerd/containerd.sock",
      "/etc/kubernetes/manifests", "/var/lib/kubelet/pki"))
"""
"""A mistake that people make: with the slash at its end the path is another one."""

PAGE = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def output(arguments: list[str]) -> str:
    """Return what the command prints on a terminal with colours."""
    environment = {"FORCE_COLOR": "1", "COLUMNS": "130", "PATH": "/usr/bin:/bin", "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "toolkit", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout


def main() -> None:
    """Write docs/validate.svg."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "my_rules.yaml"
        rules.write_text(SLASH, encoding="utf-8")
        choice = ["-k", "create-sensitive-mount-pod", "--dataset", "test_files/1.37"]
        printed = output(["validate", "-r", "bundled", "-r", str(rules), *choice]).replace(str(rules), rules.name)
    console = Console(record=True, width=130, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ toolkit validate -r bundled -r my_rules.yaml -k create-sensitive-mount-pod", style="bold"))
    console.print(Text.from_ansi(printed), soft_wrap=False)
    svg = console.export_svg(title="toolkit validate", theme=MONOKAI, code_format=PAGE, unique_id="toolkit")
    (ROOT / "docs" / "validate.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
