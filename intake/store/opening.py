"""From the setting `database_url` to a database."""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from intake import errors
from intake.store import database, postgres, sqlite

_TARGET = "target_session_attrs"
_TLS = ("sslmode", "sslrootcert")
_OPTIONS = {_TARGET, "host", "port", *_TLS}
_UNPROVED = ("disable", "allow", "prefer", "require")
_SEVERAL = re.compile(r"(?P<before>[^/]+://(?:[^/@]*@)?)(?P<hosts>[^/@?]*,[^/@?]*)(?P<after>/.*)")


def database_at(url: str, embedded: Path, password: str = "") -> database.Database:
    """The PostgreSQL database at `url`, or the SQLite file `embedded` when that is empty.

    A `password` wins over the one in the URL. Several hosts stand beside each other, as `host1:5432,host2:5432`: a
    primary and its standbys, in any order. `?target_session_attrs=read-write` may be there; it is always so. TLS is
    asked for as libpq does: `sslmode`, and `sslrootcert` for an authority of one's own.

    Raises:
        BadSettings: `url` names no PostgreSQL database, or a certificate that cannot be read.
    """
    if not url:
        return sqlite.SqliteDatabase(embedded)
    wrong = errors.BadSettings(
        "ONTHAAL_DATABASE_URL: schrijf het zo: postgresql://naam:wachtwoord@host:5432/onthaal, met een komma tussen "
        "hosts als er meer zijn (primary en standbys). Leeg is SQLite."
    )
    several = _SEVERAL.fullmatch(url)
    try:
        parsed = sa.make_url(several["before"] + several["after"] if several else url)
        named = [sa.make_url(f"postgresql://{host}/") for host in several["hosts"].split(",")] if several else []
    except (exc.ArgumentError, ValueError) as error:
        raise wrong from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"} or not parsed.database:
        raise wrong
    if not _OPTIONS.issuperset(parsed.query):
        raise wrong
    if not all(one.host for one in named) or parsed.query.get(_TARGET, "read-write") != "read-write":
        raise wrong
    if password:
        parsed = parsed.set(password=password)
    hosts = [(one.host or "", one.port or postgres.PORT) for one in named]
    try:
        tls = _tls(parsed.query)
    except ValueError as error:
        raise wrong from error
    return postgres.PostgresDatabase(parsed.difference_update_query([_TARGET, *_TLS]), hosts, tls)


def _tls(query: Mapping[str, str | tuple[str, ...]]) -> ssl.SSLContext | str | None:
    """How connections are secured; without `sslrootcert` the authorities of the system vouch. Source: libpq.

    Raises:
        BadSettings: the certificate cannot be read.
        ValueError: there is no such mode.
    """
    mode, authority = (query.get(name) for name in _TLS)
    if isinstance(mode, tuple) or isinstance(authority, tuple):
        raise ValueError(_TLS)  # noqa: TRY004 - given two times
    if mode in {"verify-ca", "verify-full"} or (mode == "require" and authority):
        try:
            context = ssl.create_default_context(cafile=authority)
        except OSError as error:
            raise errors.BadSettings(
                f"ONTHAAL_DATABASE_URL: {authority} is geen leesbaar certificaat ({error.strerror or error})."
            ) from error
        context.check_hostname = mode == "verify-full"
        return context
    if authority or mode not in {None, *_UNPROVED}:
        raise ValueError(mode)
    return mode
