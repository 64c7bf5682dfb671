"""A recorder's files on the node it runs on, read through one shell in the node's container that stays open."""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from typing import IO, Self

from toolkit.errors import environment

# Answers each line of standard input, which tells what is known as INODE:BYTES words: for each file, the oldest first,
# its inode, how many bytes are new, and these bytes. The file that is written to is opened before the others are
# looked for: one that is renamed meanwhile is then read under its new name, and none is read before an older one.
_SCRIPT = r"""
cd "$1" || exit 1
new() {
  set -- $(stat -L -c '%i %s' /proc/self/fd/3)
  case "$passed" in *" $1 "*) return ;; esac
  passed="$passed$1 "
  seen=0
  case "$known" in *" $1:"*) seen=${known#*" $1:"}; seen=${seen%% *} ;; esac
  [ "$2" -gt "$seen" ] || return
  echo "$1 $(($2 - seen))"
  tail -c +$((seen + 1)) <&3 | head -c $(($2 - seen))
}
while read -r line; do
  known=" $line " passed=" "
  exec 4< kube-audit-rest.log || exec 4< /dev/null
  for file in kube-audit-rest-*.log; do
    [ ! -e "$file" ] || { exec 3< "$file"; new; }
  done
  [ ! -f /proc/self/fd/4 ] || { exec 3<&4; new; }
  exec 3<&- 4<&-
  echo done
done
"""


class NodeLog:
    """The lines of the recorder's file and of those renamed when they were full; safe to use from several threads."""

    def __init__(self, engine: str, node: str, folder: str) -> None:
        self._where = f"{folder} on {node}"
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._rest: dict[str, bytes] = {}
        self._lines: list[bytes] = []
        self._shell = subprocess.Popen(
            [engine, "exec", "--interactive", node, "bash", "-c", _SCRIPT, "bash", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this program
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            _pipe(self._shell.stdin).close()
        self._shell.terminate()
        self._shell.wait()
        _pipe(self._shell.stdout).close()

    def lines(self) -> list[bytes]:
        """Return every whole line so far, without line ends, in the order written.

        Raises ToolkitError (exit 4) when the node or the folder is gone.
        """
        with self._lock:
            try:
                self._read_on()
            except (OSError, ValueError) as error:
                raise environment(f"the recorder's log cannot be read any more ({self._where}): {error}") from error
            return list(self._lines)

    def _read_on(self) -> None:
        known = " ".join(f"{inode}:{size}" for inode, size in self._sizes.items())
        orders, answers = _pipe(self._shell.stdin), _pipe(self._shell.stdout)
        orders.write(known.encode() + b"\n")
        orders.flush()
        while (head := answers.readline()) != b"done\n":
            inode, _, length = head.decode().partition(" ")
            if not length:
                raise ValueError("the shell there ended")
            self._take(inode, answers.read(int(length)), int(length))

    def _take(self, inode: str, new: bytes, length: int) -> None:
        if len(new) != length:
            raise ValueError("the shell there ended")
        self._sizes[inode] = self._sizes.get(inode, 0) + length
        *whole, self._rest[inode] = (self._rest.get(inode, b"") + new).split(b"\n")
        self._lines += whole


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
