"""What kube-audit-rest does, fact by fact: the toolkit's recorder, running and called over TLS, must do the same.

A fact names the part of kube-audit-rest (bfa6456) in whose source it was read: `answers` its HTTP handler, `lines` the
common writer, `file` the disk writer with lumberjack 2.2.1, `std` the stderr writer, `counts` the metrics server,
`time` Go's RFC3339Nano. The clock stands still at `now` (in UTC unless `zone` says otherwise), so every line is given
byte for byte; `S` in it is the time at which the clock mostly stands.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from recorders import HOST, JSON, REVIEW

from toolkit.cluster.certificates import Authority
from toolkit.webhook.recorder import Recorder, RecorderSettings
from toolkit.webhook.server import Certificate

NOW = 1_795_482_123_500_000_000
STAMP = b'"2026-11-24T01:02:03.5Z"'
S = b',"requestReceivedTimestamp":' + STAMP
RECORDED = b'{"request":{"uid":"u1"}' + S + b"}"
NAME = "kube-audit-rest"
MEBIBYTE = 1024 * 1024
NO_TYPE = "expect contentType application/json"


def sized(uid: str, size: int) -> bytes:
    """Return a review whose line, its end included, has so many bytes."""
    start = b'{"request":{"uid":"%s"},"x":"' % uid.encode()
    return start + b"x" * (size - len(start) - len(S) - 3) + b'"}'


HALF = MEBIBYTE // 2


@dataclass(frozen=True)
class Sent:
    """A request; by default a review as an API server posts it."""

    body: bytes | None = REVIEW
    method: str = "POST"
    path: str = "/log-request"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(frozen=True)
class Fact:
    """What is sent, and what must come: answers (status, reason), lines, files (name, uids in it), counts."""

    source: str
    says: str
    sent: tuple[Sent, ...] = (Sent(),)
    answers: tuple[tuple[int, str | None], ...] = ((200, None),)
    lines: tuple[bytes, ...] | None = None
    files: tuple[tuple[str, str], ...] | None = None
    counted: tuple[int, int, int] | None = None
    said: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    found: bytes | None = None
    now: int = NOW
    zone: str = "UTC"


def refused(source: str, says: str, status: int, reason: str | None, sent: Sent) -> Fact:
    """A request that is not recorded; it counts as valid never, and as a request only when it reached the handler."""
    return Fact(source, says, (sent,), ((status, reason),), lines=(), counted=(int(status == 400), 0, 0))


def bad_body(says: str, body: bytes, reason: str = "invalid json") -> Fact:
    """A body that is refused."""
    return refused("answers", says, 400, reason, Sent(body))


def bytes_of(says: str, body: bytes, line: bytes) -> Fact:
    """A body and the line that it becomes."""
    return Fact("lines", says, (Sent(body),), lines=(line,))


def at(says: str, now: int, zone: str, stamp: bytes) -> Fact:
    """The time in the line."""
    line = RECORDED.replace(STAMP, b'"%s"' % stamp)
    return Fact("time", says, lines=(line,), now=now, zone=zone)


def posts(*bodies: bytes) -> tuple[Sent, ...]:
    """Several reviews."""
    return tuple(map(Sent, bodies))


OK = (200, None)
ROTATED = f"{NAME}-<time>.log"
CURRENT = f"{NAME}.log"

FACTS = [
    # Answers: status codes, and reasons in the header `error`
    Fact("answers", "a review is allowed, its uid echoed, its line written", lines=(RECORDED,), counted=(1, 1, 0)),
    Fact("answers", "the query is no part of the path", (Sent(path="/log-request?timeout=10s"),), lines=(RECORDED,)),
    Fact("answers", "names of headers have no case", (Sent(headers={"CONTENT-TYPE": "application/json"}),)),
    Fact("answers", "the kind is not looked at", posts(b'{"kind":"Pod","request":{"uid":"u1"}}')),
    Fact("answers", "nor the caller's credentials", (Sent(headers={**JSON, "Authorization": "Bearer no"}),)),
    Fact("answers", "a uid may say anything", posts(rb'{"request":{"uid":"a\u002db \u00fc\"<\ud83d\ude00"}}')),
    *(
        refused("answers", f"{method} is refused", 405, None, Sent(method=method))
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
    ),
    *(
        refused("answers", f"nothing is at {path}", 404, None, Sent(path=path))
        for path in ("/", "/log-request/", "/log-requests", "/Log-Request", "/metrics", "/healthz")
    ),
    *(
        refused("answers", f"{kind!r} is not the content type", 400, NO_TYPE, Sent(headers=headers))
        for kind, headers in [
            (None, {}),
            *(
                (kind, {"Content-Type": kind})
                for kind in ("application/json; charset=utf-8", "Application/JSON", "text/plain", "application/yaml")
            ),
        ]
    ),
    refused("answers", "the content type comes before the JSON", 400, NO_TYPE, Sent(b"{", headers={})),
    bad_body("no body", b""),
    bad_body("half a body", b'{"request":'),
    bad_body("a word", b"allow"),
    bad_body("two values", b'{"request":{"uid":"u"}} {}'),
    bad_body("NaN", b'{"request":{"uid":"u"},"a":NaN}'),
    bad_body("a number with a leading zero", b'{"request":{"uid":"u"},"a":01}'),
    bad_body("a line end within a string", b'{"request":{"uid":"u\n"}}'),
    bad_body("a byte order mark", b'\xef\xbb\xbf{"request":{"uid":"u"}}'),
    bad_body("an escape that JSON has not", b'{"request":{"uid":"u"},"a":"\\x41"}'),
    bad_body("brackets without an end", b'{"request":{"uid":"u"},"a":' + b"[" * 100_000),
    bad_body("brackets that do not fit", b'{"request":{"uid":"u"},"a":' + b"[" * 3000 + b"}" * 3000 + b"}"),
    bad_body("a comma too many, deep down", b'{"request":{"uid":"u"},"a":' + b"[" * 3000 + b"1," + b"]" * 3000 + b"}"),
    *(
        bad_body(f"no uid in {body.decode()}", body, "uid not provided")
        for body in (b"[]", b"null", b'"request"', b"{}", b'{"request":null}', b'{"request":[]}', b'{"request":{}}')
    ),
    *(
        bad_body(f"{uid} is no uid", b'{"request":{"uid":%s}}' % uid.encode(), "uid not provided")
        for uid in ("5", "1.5", "null", '""', '["u"]', "true", "{}")
    ),
    # Lines: what becomes of a body
    bytes_of("the time is appended last", REVIEW, RECORDED),
    bytes_of(
        "white space goes, but not from strings",
        b' {\r\n\t"kind" : "AdmissionReview" ,\n "request" : { "uid" : "a b" } , "n" : [ 1 , 2 ] }\n',
        b'{"kind":"AdmissionReview","request":{"uid":"a b"},"n":[1,2]' + S + b"}",
    ),
    bytes_of(
        "numbers and the order of keys stay as sent",
        b'{"z":1.50e+05,"a":-0,"f":1E400,"b":123456789012345678901234567890,"request":{"uid":"u"}}',
        b'{"z":1.50e+05,"a":-0,"f":1E400,"b":123456789012345678901234567890,"request":{"uid":"u"}' + S + b"}",
    ),
    bytes_of(
        "escapes stay as sent",
        b'{"s":"\\u003c<\\/\\" \\\\","t":"\xc3\xbc\\ud83d\\ude00\xe2\x80\xa8","request":{"uid":"u"}}',
        b'{"s":"\\u003c<\\/\\" \\\\","t":"\xc3\xbc\\ud83d\\ude00\xe2\x80\xa8","request":{"uid":"u"}' + S + b"}",
    ),
    bytes_of(
        "nothing is escaped for HTML",
        b'{"s":"<a href=\'x\'>&amp;\xe2\x80\xa9</a>\x7f","request":{"uid":"u"}}',
        b'{"s":"<a href=\'x\'>&amp;\xe2\x80\xa9</a>\x7f","request":{"uid":"u"}' + S + b"}",
    ),
    bytes_of(
        "secrets stay",
        b'{"request":{"uid":"u","object":{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}}}',
        b'{"request":{"uid":"u","object":{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}}' + S + b"}",
    ),
    bytes_of(
        "bytes that are not UTF-8 and half a surrogate pair pass through",
        b'{"s":"\xff\xfe","t":"\\ud800","request":{"uid":"u\xff"}}',
        b'{"s":"\xff\xfe","t":"\\ud800","request":{"uid":"u\xff"}' + S + b"}",
    ),
    bytes_of(
        "a number of 10,000 digits",
        b'{"request":{"uid":"u"},"n":%s}' % (b"9" * 10_000),
        b'{"request":{"uid":"u"},"n":%s' % (b"9" * 10_000) + S + b"}",
    ),
    bytes_of(
        "nesting of 5,000 levels",
        b'{"request":{"uid":"u"}, "n":' + b'[{"a":' * 2500 + b"1" + b"}]" * 2500 + b"}",
        b'{"request":{"uid":"u"},"n":' + b'[{"a":' * 2500 + b"1" + b"}]" * 2500 + S + b"}",
    ),
    bytes_of(
        "a time that is there is replaced where it stands, at the top level only",
        b'{"a":{"requestReceivedTimestamp":"in"},"requestReceivedTimestamp" : "old", "request":{"uid":"u"}}',
        b'{"a":{"requestReceivedTimestamp":"in"},"requestReceivedTimestamp":%s,"request":{"uid":"u"}}' % STAMP,
    ),
    bytes_of(
        "whatever it was",
        b'{"requestReceivedTimestamp":{"x":[1]},"request":{"uid":"\xff\\u00fc"},"z":null}',
        b'{"requestReceivedTimestamp":%s,"request":{"uid":"\xff\\u00fc"},"z":null}' % STAMP,
    ),
    # Time: nanoseconds without trailing zeros, in the process's zone
    at("a whole second has no fraction", 1_795_482_123_000_000_000, "UTC", b"2026-11-24T01:02:03Z"),
    at("a nanosecond has nine digits", 1_795_482_123_000_000_001, "UTC", b"2026-11-24T01:02:03.000000001Z"),
    at("trailing zeros are dropped", 1_795_482_123_120_340_000, "UTC", b"2026-11-24T01:02:03.12034Z"),
    at("a zone east of Greenwich", 1_795_482_123_000_000_000, "Asia/Kolkata", b"2026-11-24T06:32:03+05:30"),
    at("a zone west of it", 1_795_482_123_100_000_000, "America/St_Johns", b"2026-11-23T21:32:03.1-03:30"),
    at("Greenwich in winter is Z", 1_795_482_123_000_000_000, "Europe/London", b"2026-11-24T01:02:03Z"),
    at("and in summer is not", 1_784_854_923_000_000_000, "Europe/London", b"2026-07-24T02:02:03+01:00"),
    # File: made by the first line, private, appended to, rotated by size
    Fact("file", "no file before the first valid review", posts(b"{}"), ((400, "uid not provided"),), files=()),
    Fact("file", "the first line makes it", files=((CURRENT, "u1"),)),
    Fact("file", "lines already there are kept", lines=(b"{}", RECORDED), found=b"{}\n"),
    Fact(
        "file",
        "a file may be filled to the last byte",
        posts(sized("a", HALF), sized("b", HALF)),
        (OK, OK),
        files=((CURRENT, "ab"),),
        flags=("--logger-max-size", "1"),
    ),
    Fact(
        "file",
        "before the write that would pass the limit it is renamed",
        posts(sized("a", HALF), sized("b", HALF), sized("c", 100)),
        (OK, OK, OK),
        files=((ROTATED, "ab"), (CURRENT, "c")),
        flags=("--logger-max-size", "1"),
    ),
    Fact(
        "file",
        "what it holds at the start counts",
        files=((ROTATED, "o"), (CURRENT, "u1")),
        found=sized("o", MEBIBYTE),
        flags=("--logger-max-size", "1"),
    ),
    *(
        Fact(
            "file",
            f"{backups or 'the default, one'} of the renamed files kept, the newest; none is compressed",
            posts(*(sized(uid, MEBIBYTE) for uid in "abcd")),
            (OK,) * 4,
            files=(*((ROTATED, uid) for uid in kept), (CURRENT, "d")),
            flags=("--logger-max-size", "1", *(["--logger-max-backups", backups] if backups else [])),
        )
        for backups, kept in (("", "c"), ("2", "bc"), ("0", "abc"))
    ),
    Fact(
        "file",
        "a line larger than the largest file is refused; the request is allowed and counts as valid",
        posts(sized("a", 200), sized("b", MEBIBYTE + 1), sized("c", 200)),
        (OK, OK, OK),
        files=((CURRENT, "ac"),),
        counted=(3, 3, 1),
        said=("larger than the largest file",),
        flags=("--logger-max-size", "1"),
    ),
    Fact(
        "file",
        "a full disk only makes a log entry",
        counted=(1, 1, 1),
        said=("No space left",),
        flags=("--logger-filename", "/dev/full"),
    ),
    Fact(
        "file",
        "so does a folder that cannot be made",
        counted=(1, 1, 1),
        said=("/dev/null",),
        flags=("--logger-filename", "/dev/null/kube-audit-rest.log"),
    ),
    # Standard error instead of the file
    Fact(
        "std",
        "the line is the text of msg, and no file is made",
        files=(),
        said=(RECORDED.decode(),),
        flags=("--audit-to-std-log",),
    ),
    Fact(
        "std",
        "quotes, line ends and what HTML would escape are one JSON string",
        posts('{"request":{"uid":"ü\\n\\"<"}}'.encode()),
        said=('{"request":{"uid":"ü\\n\\"<"}' + S.decode() + "}",),
        flags=("--audit-to-std-log",),
    ),
    Fact(
        "std",
        "verbose, each request is told too, whatever its uid",
        posts(b'{"request":{"uid":"u\xff\\ud800"}}'),
        said=("recorded",),
        flags=("-v",),
    ),
    # Counts: requests are those that reached the handler
    Fact(
        "counts",
        "valid requests count as both, refused ones as requests, other methods and paths not at all",
        (Sent(), Sent(), Sent(b"{}"), Sent(b"{"), Sent(headers={}), Sent(method="GET"), Sent(path="/")),
        (OK, OK, (400, "uid not provided"), (400, "invalid json"), (400, NO_TYPE), (405, None), (404, None)),
        lines=(RECORDED, RECORDED),
        counted=(5, 2, 0),
    ),
]

Start = Callable[[tuple[str, ...]], Recorder]


@pytest.fixture(scope="module")
def kept_running() -> Iterator[list[Recorder]]:
    """The recorder without further flags, which serves most facts."""
    running: list[Recorder] = []
    yield running
    for recorder in running:
        recorder.__exit__()


@pytest.fixture
def start(
    certificate: Certificate,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    kept_running: list[Recorder],
) -> Iterator[Start]:
    """Return a function that starts what `toolkit record` with these flags would."""
    own: list[Recorder] = []

    def starting(flags: tuple[str, ...]) -> Recorder:
        if not flags and kept_running:
            return kept_running[0]
        log = tmp_path_factory.mktemp("log") / CURRENT
        files = ("--cert-filename", certificate.chain, "--cert-key-filename", certificate.key)
        ports = ("--server-port", 0, "--metrics-port", 0)
        settings = settings_of(monkeypatch, *files, *ports, "--logger-filename", log, *flags)
        recorder = Recorder(settings).__enter__()
        (own if flags else kept_running).append(recorder)
        return recorder

    yield starting
    for recorder in own:
        recorder.__exit__()


def settings_of(monkeypatch: pytest.MonkeyPatch, *flags: object) -> RecorderSettings:
    """Return the settings that `toolkit record` makes of flags."""
    from toolkit.cli.main import main

    made: list[RecorderSettings] = []
    with monkeypatch.context() as patch:
        patch.setattr("toolkit.webhook.serve.serve_until_told", made.append)
        patch.setattr("sys.argv", ["toolkit", "record", *map(str, flags)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code
    return made[0]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, str], None]]:
    """Return a function that stops the recorder's clock in a zone."""
    with monkeypatch.context() as patch:

        def setting(now: int, zone: str) -> None:
            patch.setattr("toolkit.webhook.app.time.time_ns", lambda: now)
            patch.setenv("TZ", zone)
            time.tzset()

        yield setting
    time.tzset()


@pytest.mark.parametrize("fact", FACTS, ids=[f"{fact.source}: {fact.says}"[:90] for fact in FACTS])
def test_fact(
    fact: Fact,
    start: Start,
    set_clock: Callable[[int, str], None],
    authority: Authority,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recorder = start(fact.flags)
    empty(recorder, fact.found)
    set_clock(fact.now, fact.zone)
    before = counted(recorder)
    assert play(fact, recorder, authority) == fact.answers
    if fact.lines is not None:
        assert tuple(recorder.file.path.read_bytes().splitlines() if recorder.file.path.exists() else ()) == fact.lines
    if fact.files is not None:
        assert files(recorder.file.path.parent) == fact.files
    if fact.counted is not None:
        assert tuple(now - then for now, then in zip(counted(recorder), before, strict=True)) == fact.counted
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(said) == len(fact.said)
    for entry, expected in zip(said, fact.said, strict=True):
        assert_said(entry, expected)


def empty(recorder: Recorder, found: bytes | None) -> None:
    """Let the recorder find this in its file, or no file."""
    recorder.file.close()
    if not str(recorder.file.path).startswith("/dev"):
        recorder.file.path.unlink(missing_ok=True)
        if found is not None:
            recorder.file.path.write_bytes(found if found.endswith(b"\n") else found[:-1] + S + b"}\n")


def play(fact: Fact, recorder: Recorder, authority: Authority) -> tuple[tuple[int, str | None], ...]:
    """Send a fact's requests on one connection; every 200 must allow the uid that was sent."""
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    connection = http.client.HTTPSConnection(HOST, recorder.port, context=context, timeout=20)
    answers = []
    for sent in fact.sent:
        connection.request(sent.method, sent.path, sent.body, dict(sent.headers))
        answer = connection.getresponse()
        answers.append((answer.status, answer.headers["error"]))
        body = answer.read()
        if answer.status == 200:
            assert json.loads(body) == allowing(sent.body or b"")
    connection.close()
    return tuple(answers)


def allowing(body: bytes) -> dict[str, object]:
    """Return the answer to a review."""
    uid = re.findall(rb'"uid" ?: ?("(?:[^"\\]|\\.)*")', body)[0].decode("utf-8", "surrogateescape")
    response = {"uid": json.loads(uid), "allowed": True}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def files(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the files by age, renamed ones by the pattern of their name; each with its uids, and private."""
    found = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.name == CURRENT, path.name)):
        assert path.stat().st_mode & 0o777 == 0o600 or path.name != CURRENT
        name = re.sub(r"-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$", "-<time>.log", path.name)
        uids = [json.loads(line)["request"]["uid"] for line in path.read_bytes().splitlines()]
        found.append((name, "".join(uids)))
    return tuple(found)


def counted(recorder: Recorder) -> tuple[int, int, int]:
    """Return requests, valid requests and write errors as the metrics page has them."""
    page = http.client.HTTPConnection(HOST, recorder.metrics_port, timeout=20)
    page.request("GET", "/metrics")
    answer = page.getresponse()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.read().decode()
    page.close()
    names = ("http_requests_total", "valid_requests_processed_total", "write_errors_total")
    values = [re.search(rf"^kube_audit_rest_{name} (\d+)\.0$", text, re.M) for name in names]
    first, second, third = (int(value[1]) for value in values if value)
    return first, second, third


def assert_said(entry: dict[str, object], expected: str) -> None:
    """Hold an entry on standard error against a line (then its envelope is zap's) or against words in it."""
    if expected.startswith("{"):
        assert list(entry) == ["level", "ts", "caller", "msg"]
        assert (entry["level"], entry["msg"]) == ("info", expected)
        assert str(entry["caller"]).startswith("zapio/")
        assert isinstance(entry["ts"], float)
        assert abs(entry["ts"] - time.time()) < 60
    else:
        assert expected in json.dumps(entry)
        assert not str(entry["caller"]).startswith("zapio/")


def test_the_files_of_a_rotation_are_named_by_utc(
    start: Start, set_clock: Callable[[int, str], None], authority: Authority
) -> None:
    recorder = start(("--logger-max-size", "1"))
    set_clock(NOW, "Asia/Kolkata")
    begun = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(time.time()))
    play(Fact("", "", posts(sized("a", MEBIBYTE - 9), sized("b", 100))), recorder, authority)
    (renamed,) = (path.name for path in recorder.file.path.parent.iterdir() if path.name != CURRENT)
    ended = time.strftime("%Y-%m-%dT%H-%M-%S.999", time.gmtime(time.time()))
    assert f"{NAME}-{begun}" <= renamed.removesuffix(".log") <= f"{NAME}-{ended}"


METRICS = """\
# HELP kube_audit_rest_http_requests_total Total number of requests to kube-audit-rest
# TYPE kube_audit_rest_http_requests_total counter
# HELP kube_audit_rest_valid_requests_processed_total Total number of valid requests processed
# TYPE kube_audit_rest_valid_requests_processed_total counter
# TYPE promhttp_metric_handler_errors_total counter
promhttp_metric_handler_errors_total{cause="encoding"} 0.0
promhttp_metric_handler_errors_total{cause="gathering"} 0.0
"""


def test_the_metrics_page_has_its_names_and_nothing_of_the_runtime(start: Start) -> None:
    page = http.client.HTTPConnection(HOST, start(()).metrics_port, timeout=20)
    page.request("GET", "/metrics")
    text = page.getresponse().read().decode().splitlines()
    page.close()
    assert [line for line in METRICS.splitlines() if line not in text] == []
    named = {re.match(r"\w+", line)[0] for line in text if not line.startswith("#")}  # type: ignore[index]
    ours = {"kube_audit_rest_write_errors_total"}
    assert named - ours == {line.split()[2] for line in METRICS.splitlines() if " TYPE " in line}


FLAGS = [
    # flag, what it takes, default, the setting it becomes
    ("--logger-filename", "other.log", "/tmp/kube-audit-rest.log", "log_filename"),
    ("--audit-to-std-log", None, False, "to_std_log"),
    ("--logger-max-size", "7", 500, "max_size"),
    ("--logger-max-backups", "7", 1, "max_backups"),
    ("--cert-filename", "other.crt", "/etc/tls/tls.crt", "certificate.chain"),
    ("--cert-key-filename", "other.key", "/etc/tls/tls.key", "certificate.key"),
    ("--server-port", "7", 9090, "port"),
    ("--metrics-port", "7", 55555, "metrics_port"),
    ("--verbosity", None, False, "verbose"),
    ("-v", None, False, "verbose"),
]


@pytest.mark.parametrize(("flag", "taken", "default", "setting"), FLAGS, ids=[flag for flag, *_ in FLAGS])
def test_flag(monkeypatch: pytest.MonkeyPatch, flag: str, taken: str | None, default: object, setting: str) -> None:
    def read(*flags: str) -> object:
        value: object = settings_of(monkeypatch, *flags)
        for name in setting.split("."):
            value = getattr(value, name)
        return str(value) if isinstance(value, Path) else value

    assert read() == default
    given = int(taken) if isinstance(default, int) and taken else taken or True
    assert read(flag, *([taken] if taken else [])) == given
    if taken and flag.startswith("--"):
        assert read(f"{flag}={taken}") == given


def test_it_takes_no_other_flag_and_no_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from toolkit.cli.main import main

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.argv", ["toolkit", "record", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code, "kube-audit-rest's is 1; a command of the toolkit that was asked for help did well"
    help_text = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    shown = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", help_text))
    assert shown == {flag for flag, *_ in FLAGS} | {"--help", "-h"}
    assert "env var" not in help_text
    for _, taken, default, _ in FLAGS:
        assert not taken or str(default) in help_text
