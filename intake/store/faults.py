"""What a database error means to the caller."""

import sqlite3

from sqlalchemy import exc

from intake import errors

_FULL = "The store cannot take more now: look at the disk space and the rights on the data directory, then try again."
_CONFLICT = "Somebody else was first: this record exists already or changed. Reload and try again."
_DATA = "A value does not fit in the database."


def meaning(error: Exception) -> Exception:
    """The error of ours for `error`, or `error` itself when it is no trouble of the database but a mistake of ours."""
    match error:
        case exc.IntegrityError():
            return errors.Conflict(_CONFLICT)
        case exc.DataError() | OverflowError():
            return errors.Invalid(_DATA)
        case exc.DBAPIError() if is_trouble(error):
            return errors.StoreFull(_FULL)
        case _:
            return error


def is_trouble(error: Exception) -> bool:
    """Whether the database could not do its work (full, locked, broken), rather than did not understand us."""
    code = _code(error)
    return code is not None and code not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_CONSTRAINT)


def is_full(error: Exception) -> bool:
    """Whether there was no room for this write; a smaller one may still fit."""
    return _code(error) == sqlite3.SQLITE_FULL


def _code(error: Exception) -> int | None:
    """The primary result code of SQLite. Source: sqlite.org/rescode.html (the low byte is the primary code)."""
    if not isinstance(error, exc.DBAPIError) or not isinstance(error.orig, sqlite3.Error):
        return None
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_readonly(error: Exception) -> bool:
    """Whether a write was tried where none may be."""
    return _code(error) == sqlite3.SQLITE_READONLY
