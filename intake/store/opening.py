"""From the setting `database_url` to a database."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from intake import errors
from intake.store import database, postgres, sqlite


def database_at(url: str, embedded: Path, password: str = "") -> database.Database:
    """The PostgreSQL database at `url`, or the SQLite file `embedded` when that is empty.

    A `password` wins over the one in the URL.

    Raises:
        BadSettings: `url` names no PostgreSQL database.
    """
    if not url:
        return sqlite.SqliteDatabase(embedded)
    wrong = errors.BadSettings(
        "ONTHAAL_DATABASE_URL: schrijf het zo: postgresql://naam:wachtwoord@host:5432/onthaal. Leeg is SQLite."
    )
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise wrong from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"} or not parsed.database:
        raise wrong
    return postgres.PostgresDatabase(parsed.set(password=password) if password else parsed)
