"""Keys of pages: where the page before ended, as a text that means nothing to its reader."""

import base64
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake import errors
from intake.store.columns import UtcTime


def key(at: datetime, record_id: str) -> str:
    """The key of the page after this record."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), record_id]).encode()).decode().rstrip("=")


def after(page: str | None, at: sa.Column[Any], record_id: sa.Column[Any], *, down: bool = False) -> list[Any]:
    """The condition for what comes after `page` in the order (`at`, `record_id`); nothing for the first page.

    Raises:
        Invalid: this is no key of ours.
    """
    if page is None:
        return []
    try:
        text, last = json.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
        moment = datetime.fromisoformat(text).astimezone()
        is_ours = isinstance(last, str) and last.isprintable()
    except (ValueError, TypeError, OverflowError) as error:
        raise errors.Invalid("This is no key of a page: begin with the first page.", field="after") from error
    if not is_ours:
        raise errors.Invalid("This is no key of a page: begin with the first page.", field="after")
    place = sa.tuple_(at, record_id)
    end = sa.tuple_(sa.literal(moment, UtcTime), sa.literal(last, sa.Text))
    return [place < end if down else place > end]
