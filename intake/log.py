"""JSON log lines: a fixed event name, ids, counts and durations; never a citizen's words, name or address."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}


_to_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


class JsonLines(logging.Formatter):
    """One JSON object per record. An exception is logged by type and place only: its text may hold personal data."""

    def format(self, record: logging.LogRecord) -> str:
        """Render `record`; fields given with `extra=` stand beside `at`, `level` and `event`."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if record.name.startswith(("intake", "channels")) else record.name,
        }
        line.update({key: value for key, value in record.__dict__.items() if key not in _PLAIN})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _place(record)
        return _to_json(line)


def _place(record: logging.LogRecord) -> list[str]:
    """File, line and function of the last frames, without any value."""
    trace = record.exc_info[2] if record.exc_info else None
    frames: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return frames[-6:]


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to the log, and lets a log that cannot be written (disk full, pipe closed) stop nobody."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Say nothing: the library would put the record itself on standard error, where nobody may be reading."""


def set_up(stream: TextIO | None = None, *, level: str = "INFO") -> None:
    """Send every log record of this process to `stream` (standard error when None) as JSON lines.

    Libraries log the text they carry (addresses, SMTP lines), so theirs are kept to warnings, by logger name only.
    """
    handler = _Handler(stream or sys.stderr)
    # What no line says is not looked up either. Source: Python's logging HOWTO, section Optimization.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("intake", "channels"):
        logging.getLogger(name).setLevel(level.upper())
