"""A process that reads one mail after the other for the hub, and may be killed at any moment.

Started by `sandbox` as `python -m channels.email.worker <memory bytes> <CPU seconds per mail>`. It reads frames on
standard input, answers on standard output and ends when its input ends. A mail that keeps it busy after the hub died
is ended by the CPU limit.
"""

import json
import math
import resource
import sys
import time
from typing import Any, BinaryIO, Final

from channels.email import facts, frames, parse
from intake import errors

_MAX_OPEN_FILES: Final = 64


def limit(memory_bytes: int) -> None:
    """Bound what this process can do: memory, no new file content, no core dump, few open files."""
    for which, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
    ):
        allowed = resource.getrlimit(which)[1]
        value = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(which, (value, value))


def serve(requests: BinaryIO, answers: BinaryIO, cpu_seconds: int) -> None:
    """Answer until the input ends. The first frame, sent before any request, says that the worker is ready."""
    _send(answers, frames.pack({"ready": True}))
    while (asked := _receive(requests)) is not None:
        spent = math.ceil(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        _send(answers, _work(*asked))
        del asked


def _work(head: dict[str, Any], blob: bytes) -> list[bytes]:
    raw = frames.to_receipt(head, blob)
    try:
        if head["task"] == "facts":
            return frames.pack({"facts": facts.of(raw)})
        return frames.answer(parse.parse(raw))
    except errors.Unreadable as fault:
        return frames.pack({"unreadable": str(fault)})
    except MemoryError:
        return frames.pack({"unreadable": "Het bericht kost te veel geheugen om te lezen."})


def _receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    prefix = stream.read(frames.HEADER.size)
    if len(prefix) < frames.HEADER.size:
        return None
    json_bytes, blob_bytes = frames.HEADER.unpack(prefix)
    head, blob = stream.read(json_bytes), stream.read(blob_bytes)
    if len(head) < json_bytes or len(blob) < blob_bytes:
        return None
    return json.loads(head), blob


def _send(stream: BinaryIO, pieces: list[bytes]) -> None:
    stream.writelines(pieces)
    stream.flush()


if __name__ == "__main__":
    limit(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[2]))
