"""What a process told the kernel, in order: proof that bytes were on the disk before they were acknowledged."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

TRACE = [
    "strace", "--follow-forks", "--seccomp-bpf", "--decode-fds=path", "--strings-in-hex=all", "--string-limit=70000",
    "--daemonize", "--quiet=attach,personality,thread-execve",
    "--trace=write,writev,pwrite64,pwritev,fsync,fdatasync,sendto,sendmsg,rename",
]  # fmt: skip
"""Put before a command, with `--output=<file>`: every byte that is written is there. What starts is the command."""

_LINE = re.compile(r"^(?P<thread>\d+) +(?P<call>\w+)\((?P<rest>.*)$")
_RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")
_UNFINISHED = " <unfinished ...>"
_PATH = re.compile(r"^\d+<(?P<path>(?:\\x[0-9a-f]{2})*)>")
_HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclasses.dataclass(slots=True)
class Call:
    """One system call: `began` and `ended` are places in the order of all; `ended` is None when it never did."""

    thread: str
    name: str
    path: str
    content: bytes
    began: int
    ended: int | None
    result: str


def read(trace: Path) -> list[Call]:
    """The calls in the order in which they began."""
    calls: list[Call] = []
    unfinished: dict[str, Call] = {}
    for place, line in enumerate(trace.read_text(errors="replace").splitlines()):
        if resumed := _RESUMED.match(line):
            call = unfinished.pop(resumed["thread"], None)
            if call is not None:
                call.content += _bytes(resumed["rest"])
                call.ended, call.result = place, _result(resumed["rest"])
        elif begun := _LINE.match(line):
            rest = begun["rest"]
            is_open = rest.endswith(_UNFINISHED)
            path = _PATH.match(rest)
            call = Call(
                thread=begun["thread"],
                name=begun["call"],
                path=bytes.fromhex(path["path"].replace("\\x", "")).decode() if path else "",
                content=_bytes(rest),
                began=place,
                ended=None if is_open else place,
                result="" if is_open else _result(rest),
            )
            calls.append(call)
            if is_open:
                unfinished[call.thread] = call
    return calls


def is_complete(trace: Path, pid: int) -> bool:
    """Whether the trace tells that the process ended."""
    return re.search(rf"^{pid} +\+\+\+ exited", trace.read_text(errors="replace"), re.MULTILINE) is not None


def _bytes(text: str) -> bytes:
    return b"".join(bytes.fromhex(found.replace("\\x", "")) for found in _HEX.findall(text))


def _result(text: str) -> str:
    return text.rpartition(" = ")[2].strip()


def is_synced(calls: list[Call], path: str, after: int, before: int) -> bool:
    """Whether all bytes of the file were sent to the disk, wholly within these two places of the order."""
    return any(
        call.name in {"fsync", "fdatasync"}
        and call.path == path
        and call.result == "0"
        and call.began > after
        and call.ended is not None
        and call.ended < before
        for call in calls
    )


def sent(calls: list[Call], start: bytes) -> Iterator[Call]:
    """What went to a socket and holds these bytes, in order."""
    return (
        call
        for call in calls
        if call.name in {"sendto", "sendmsg", "write", "writev"} and "socket:" in call.path and start in call.content
    )


def commit_of(calls: list[Call], log: str, token: bytes) -> Call:
    """The write that ended the first transaction with these bytes in the write-ahead log.

    A frame is a header of 24 bytes, then its page; the header of the last frame of a transaction holds the size of the
    database at byte 4, the others hold zero there. Source: sqlite.org/fileformat2.html, section 4.1.
    """
    is_last = False
    is_in = False
    for call in calls:
        if call.name != "pwrite64" or call.path != log:
            continue
        if len(call.content) == 24:
            is_last = any(call.content[4:8])
            continue
        is_in = is_in or token in call.content
        if is_in and is_last:
            return call
    raise AssertionError(f"no transaction with {token!r} in {log}")
