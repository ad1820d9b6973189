"""What a database error means to the caller."""

import sqlite3

from sqlalchemy import exc

from intake import errors

_FULL = (
    "De database kan nu niets bewaren. Kijk naar de schijfruimte en de rechten op de gegevensmap, "
    "en probeer het opnieuw."
)
_AWAY = (
    "De database antwoordt nu niet, of neemt geen wijzigingen aan. Kijk of ze draait, bereikbaar is en geen standby "
    "is, en probeer het opnieuw."
)
_REFUSED = (
    "De database laat de hub niet binnen, of niet schrijven. Kijk naar gebruiker, wachtwoord en databasenaam in "
    "ONTHAAL_DATABASE_URL en ONTHAAL_DATABASE_PASSWORD, en naar de rechten van die gebruiker."
)
_CONFLICT = "Iemand anders was eerst: dit bestaat al of is gewijzigd. Laad opnieuw en probeer het nog eens."
_DATA = "Een waarde past niet in de database."

# Source: sqlite.org/rescode.html. All others say that the database could not do its work.
_OURS = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_CONSTRAINT)
# Source: PostgreSQL manual, appendix A. Connection, roll-back, resources, intervention, system, internal.
_TROUBLES = ("08", "25006", "25P03", "28", "3D", "40", "42501", "53", "55", "57", "58", "XX")
_DISK_FULL = "53100"
_READ_ONLY = "25006"


class RefusedError(ConnectionError):
    """The database is there and does not let us in: the user, the password or the database's name is not right."""


def meaning(error: Exception) -> Exception:
    """The error of ours for `error`, or `error` itself when it is no trouble of the database but a mistake of ours."""
    match error:
        case exc.IntegrityError():
            return errors.Conflict(_CONFLICT)
        case exc.DataError() | OverflowError():
            return errors.Invalid(_DATA)
        case exc.DBAPIError() if _is_misfit(error):
            return errors.Invalid(_DATA)
        case exc.DBAPIError() if _is_refused(error):
            return errors.StoreFull(_REFUSED)
        case exc.DBAPIError() if is_trouble(error):
            return errors.StoreFull(_AWAY if is_lost(error) else _FULL)
        case RefusedError():
            return errors.StoreFull(_REFUSED)
        case OSError() | exc.TimeoutError():
            return errors.StoreFull(_AWAY)
        case _:
            return error


def is_trouble(error: Exception) -> bool:
    """Whether the database could not do its work (full, locked, broken, away), rather than did not understand us."""
    if isinstance(error, OSError | exc.TimeoutError):
        return True
    code, state = _code(error), _state(error)
    if state is not None:
        return state.startswith(_TROUBLES)
    return is_lost(error) or (code is not None and code not in _OURS)


def is_full(error: Exception) -> bool:
    """Whether there was no room for this write; a smaller one may still fit."""
    return _code(error) == sqlite3.SQLITE_FULL or _state(error) == _DISK_FULL


def is_lost(error: Exception) -> bool:
    """Whether the connection to the database is gone, so that nobody knows what it did last."""
    if isinstance(error, OSError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    state = _state(error)
    return error.connection_invalidated or (state is not None and state.startswith(("08", "57P0")))


def is_readonly(error: Exception) -> bool:
    """Whether a write was tried where none may be."""
    return _code(error) == sqlite3.SQLITE_READONLY or _state(error) == _READ_ONLY


def is_no_database(error: Exception) -> bool:
    """Whether the file is no SQLite database, or a damaged one."""
    return _code(error) in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def _is_refused(error: exc.DBAPIError) -> bool:
    """Whether this user may not come in, or may not do this."""
    state = _state(error)
    return state is not None and state.startswith(("28", "3D", "42501"))


def _is_misfit(error: exc.DBAPIError) -> bool:
    """Whether a value cannot be kept: class 22 of PostgreSQL, or one that asyncpg refuses before it sends it."""
    state = _state(error)
    return state is not None and state.startswith("22")


def _code(error: Exception) -> int | None:
    """The primary result code of SQLite: the low byte of its code."""
    if not isinstance(error, exc.DBAPIError) or not isinstance(error.orig, sqlite3.Error):
        return None
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _state(error: Exception) -> str | None:
    """The SQLSTATE of PostgreSQL."""
    return getattr(error.orig, "sqlstate", None) if isinstance(error, exc.DBAPIError) else None
