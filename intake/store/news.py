"""Reads what was committed, by this process or another, and tells it to everybody who listens here."""

import logging
import threading

import sqlalchemy as sa

from intake import ports
from intake.store import database, encoding, events, faults, tables

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often is looked when no bell rang: for what another process wrote."""
PAGE = 1000
_t = tables.event
_LAST = sa.select(sa.func.coalesce(sa.func.max(_t.c.id), 0))
_COLUMNS = (_t.c.id, _t.c.kind, _t.c.contact_id, _t.c.conversation_id, _t.c.group_id, _t.c.employee_id)
_AFTER = sa.select(*_COLUMNS).where(_t.c.id > sa.bindparam("last")).order_by(_t.c.id).limit(PAGE)


class Follower:
    """A thread that reads new events in the order of their commits; writers take turns, so ids follow that order."""

    def __init__(self, of: database.Database, broadcaster: events.Broadcaster) -> None:
        self._database = of
        self._broadcaster = broadcaster
        self._bell = of.bell()
        self._last = 0
        self._is_closed = False
        self._rest = threading.Event()
        self._began = threading.Event()
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="store-news", daemon=True)

    def start(self) -> None:
        """Begin after what is committed now.

        Raises:
            StoreFull: the database cannot be read.
        """
        self._thread.start()
        self._began.wait()
        if self._trouble is not None:
            raise faults.meaning(self._trouble) from self._trouble

    def wake(self) -> None:
        """There are new events; from any thread."""
        self._bell.ring()

    def close(self) -> None:
        """Stop."""
        self._is_closed = True
        self._rest.set()
        self._bell.ring()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        door = self._database.reader()
        try:
            self._last = door.run(lambda connection: connection.execute(_LAST).scalar_one())
        except Exception as error:  # noqa: BLE001 - `start` raises it where somebody hears
            self._trouble = error
        self._began.set()
        is_away = False
        while not self._is_closed and self._trouble is None:
            try:
                self._tell_new(door)
                if not self._is_closed:
                    self._bell.wait(POLL_SECONDS)
            except Exception:  # whatever a database does at a bad moment: this thread must go on
                if not is_away:
                    log.warning("events_not_read", exc_info=True)
                is_away = True
                self._rest.wait(POLL_SECONDS)
            else:
                is_away = False
        door.close()
        self._bell.close()

    def _tell_new(self, door: database.Door) -> None:
        """Tell everything after the last that was told."""
        while True:
            rows = door.run(lambda connection: connection.execute(_AFTER, {"last": self._last}).all())
            if not rows:
                return
            self._broadcaster.publish([ports.Event(**encoding.fields(row)) for row in rows])
            self._last = rows[-1].id
            if len(rows) < PAGE:
                return
