"""All channels of a run, and the words about them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from toolkit.configuration.model import OutputsSettings
from toolkit.engine.alerts import Alert, AlertForm
from toolkit.outputs.channel import Channel, Counts, Line, Sink
from toolkit.outputs.queued import QueuedChannel, Say
from toolkit.outputs.streams import FileSink, StreamSink

STDOUT = "stdout_output"


class DirectChannel:
    """Standard output of a run that loses nothing: written at once, in order, as slowly as its reader reads.

    `put` raises the OSError of a write, which ends the run as it ends any program.
    """

    name = STDOUT

    def __init__(self, *, flush: bool) -> None:
        self.counts = Counts()
        self._flush = flush

    def put(self, line: Line) -> None:
        """Write an alert. Raises OSError, BrokenPipeError among them."""
        sys.stdout.buffer.write(line.text + b"\n")
        if self._flush:
            sys.stdout.buffer.flush()
        self.counts.sent += 1

    def put_block(self, block: Iterable[bytes], alerts: int) -> None:
        """Write so many alerts, with their ends. Raises OSError, BrokenPipeError among them."""
        for piece in block:
            sys.stdout.buffer.write(piece)
        self.counts.sent += alerts

    def reopen(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing: nothing waits."""

    def close(self, within: float) -> None:  # noqa: ARG002
        """Flush. Raises OSError."""
        sys.stdout.flush()


class Outputs:
    """The channels of a run, with the verbs of one channel; alerts are written in `form`."""

    def __init__(self, channels: Sequence[Channel], form: AlertForm, hostname: str | None = None) -> None:
        self.channels = tuple(channels)
        self._form = form
        self._hostname = hostname
        self.handed = 0
        """How many lines every channel was given."""

    def put(self, alert: Alert) -> None:
        """Give an alert to every channel; raises OSError only where standard output of a lossless run is gone."""
        self.put_line(Line(alert.line(self._form, self._hostname), alert.rule.priority))

    def put_line(self, line: Line) -> None:
        """Give what is no alert of a rule to every channel, as `put` does."""
        self.handed += 1
        for channel in self.channels:
            channel.put(line)

    @property
    def takes_blocks(self) -> bool:
        """Whether alerts need not come one by one, since they go to standard output alone, or nowhere."""
        return all(isinstance(channel, DirectChannel) for channel in self.channels)

    def put_block(self, block: Iterable[bytes], alerts: int) -> None:
        """Give so many alerts with their ends to channels that take blocks. Raises OSError as `put` does."""
        self.handed += alerts
        for channel in self.channels:
            assert isinstance(channel, DirectChannel)
            channel.put_block(block, alerts)

    def reopen(self) -> None:
        """Open files and connections anew."""
        for channel in self.channels:
            channel.reopen()

    def close(self, within: float) -> None:
        """Flush and close every channel, all of them within so many seconds."""
        for channel in self.channels:
            channel.stop()
        ends = time.monotonic() + within
        for channel in self.channels:
            channel.close(max(0.0, ends - time.monotonic()))

    @property
    def counts(self) -> dict[str, Counts]:
        """What each channel counts, by its name."""
        return {channel.name: channel.counts for channel in self.channels}

    @property
    def settled(self) -> int:
        """How many lines no channel has any more: they were sent, or counted as lost."""
        return min((counts.sent + counts.lost for counts in self.counts.values()), default=self.handed)

    @property
    def lost(self) -> int:
        """How many alerts did not get through, over all channels."""
        return sum(channel.counts.lost for channel in self.channels)


class Words:
    """Lines for people on standard error; a terminal that does not read holds up nobody."""

    def __init__(self) -> None:
        self._channel = QueuedChannel(StreamSink(2, "stderr"), lambda _: None, capacity=1000)

    def __call__(self, words: str) -> None:
        """Say one line."""
        self._channel.put(Line(words.encode("utf-8", "surrogateescape")))

    def close(self, within: float) -> None:
        """Wait until all is said, or so many seconds have passed."""
        self._channel.close(within)


def make_outputs(
    settings: OutputsSettings, form: AlertForm, hostname: str | None, say: Say, *, lossless: bool, flush: bool = True
) -> Outputs:
    """Return the channels that the settings name.

    A lossless run waits for a slow channel and writes to standard output itself, flushing after each alert if `flush`
    and the outputs are not buffered. `say` says one line to people. Raises ToolkitError (exit 4) where certificates
    cannot be read.
    """
    channels: list[Channel] = []

    def queued(sink: Sink) -> None:
        capacity, timeout = settings.queue_capacity, settings.timeout
        channels.append(QueuedChannel(sink, say, capacity=capacity, timeout=timeout, lossless=lossless))

    if settings.file or settings.syslog or settings.program or settings.http:
        for sink in _sinks(settings, json=form.json, say=say):
            queued(sink)
    if settings.stdout and lossless:
        channels.append(DirectChannel(flush=flush and not settings.buffered))
    elif settings.stdout:
        queued(StreamSink(1, STDOUT))
    return Outputs(channels, form, hostname)


def _sinks(settings: OutputsSettings, *, json: bool, say: Say) -> list[Sink]:
    from toolkit.outputs.http import HttpSink
    from toolkit.outputs.program import ProgramSink
    from toolkit.outputs.syslog import SyslogSink

    sinks: list[Sink] = []
    if settings.file:
        sinks.append(FileSink(settings.file.filename, keep_alive=settings.file.keep_alive))
    if settings.syslog:
        sinks.append(SyslogSink())
    if settings.program:
        sinks.append(ProgramSink(settings.program.program, keep_alive=settings.program.keep_alive, say=say))
    if settings.http:
        sinks.append(HttpSink(settings.http, json=json, timeout=settings.timeout, say=say))
    return sinks


def write_report(text: str, within: float) -> bool:
    """Write the closing report on standard output, for at most so many seconds; returns whether it got through."""
    with suppress(OSError):
        sys.stdout.flush()
    channel = QueuedChannel(StreamSink(1, "stdout"), lambda _: None, capacity=1)
    channel.put(Line(text.rstrip("\n").encode("utf-8", "surrogateescape")))
    channel.close(within)
    return not channel.counts.lost
