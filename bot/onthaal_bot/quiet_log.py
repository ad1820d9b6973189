"""Logs without citizens' words.

Rasa logs messages, trackers and tracebacks that hold what a citizen typed. So only records of our own
loggers keep their message; of every other record just the place, the level and the kind of exception are
written. One JSON line per record, on standard error.
"""

import json
import logging
import sys
import threading
from types import TracebackType

OWN = "onthaal_bot"
# Sanic's access log would hold the URL, and with it the token.
_SILENT = ("sanic.access", "apscheduler", "rasa.telemetry", "py.warnings")


class PlaceFormatter(logging.Formatter):
    """Formats a record as JSON; a foreign record is reduced to where it came from."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        own = record.name == OWN or record.name.startswith(f"{OWN}.")
        line: dict[str, object] = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if own else "foreign",
            "place": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
        return json.dumps(line)


def _report_uncaught(kind: type[BaseException], _value: BaseException, trace: TracebackType | None) -> None:
    last = trace
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "?"
    logging.getLogger(OWN).critical("uncaught %s at %s", kind.__name__, place)


def _report_uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    _report_uncaught(given.exc_type, given.exc_value or given.exc_type(), given.exc_traceback)


def configure() -> None:
    """Route every logger and warning of the process through `PlaceFormatter`.

    To be called before anything of Rasa is imported, and again after Rasa configured its own logging.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlaceFormatter())
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    for name in ("sanic.root", "sanic.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(OWN).setLevel(logging.INFO)
    for name in _SILENT:
        silent = logging.getLogger(name)
        silent.handlers = [logging.NullHandler()]
        silent.propagate = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _report_uncaught
    threading.excepthook = _report_uncaught_in_thread
