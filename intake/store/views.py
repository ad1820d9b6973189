"""Lists for the workspace and the API; each reads an index that holds little more than what is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake import errors, ports
from intake.domain import contact, handler_group, ids, message
from intake.store import encoding, paging, queue, receipts, tables, words
from intake.store.transaction import Statement, Transaction

_c = tables.contact
_q = tables.queue_item
_g = tables.handler_group
_e = tables.employee
_p = tables.party
_m = tables.message
_r = tables.receipt
_j = tables.job


def _last(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """A column of the newest utterance of a contact; notes do not count."""
    spoken = sa.select(column).where(_m.c.contact_id == _c.c.id, _m.c.direction != message.Direction.NOTE)
    return spoken.order_by(_m.c.at.desc(), _m.c.id.desc()).limit(1).scalar_subquery()


_a = tables.digital_address
_ADDRESS = (
    sa.select(_a.c.value)
    .where(_a.c.party_id == _c.c.party_id, _a.c.kind != message.AddressKind.WEBCHAT)
    .order_by(_a.c.created_at)
    .limit(1)
    .scalar_subquery()
)
"""How somebody is shown who did not say a name."""


_LINE = (
    sa.select(
        _q.c.id.label("item_id"),
        _c.c.id.label("contact_id"),
        _c.c.number,
        _c.c.kind,
        _c.c.owner,
        _c.c.subject,
        sa.func.coalesce(sa.func.nullif(_p.c.name, ""), _ADDRESS, "").label("party_name"),
        _c.c.channel,
        sa.func.coalesce(_q.c.group_id, _c.c.group_id).label("group_id"),
        sa.func.coalesce(_g.c.name, "").label("group_name"),
        _q.c.claimed_by,
        sa.func.coalesce(_e.c.name, "").label("claimed_name"),
        sa.func.coalesce(_q.c.waiting_since, _c.c.waiting_since, _c.c.updated_at).label("waiting_since"),
        _q.c.due_at,
        sa.func.coalesce(_last(_m.c.at), _c.c.updated_at).label("last_at"),
        _last(_m.c.direction).label("last_direction"),
        sa.func.coalesce(_q.c.hops, 0).label("hops"),
    )
    .join(_p, _p.c.id == _c.c.party_id)
    .outerjoin(_q, _q.c.id == _c.c.open_item_id)
    .outerjoin(_g, _g.c.id == sa.func.coalesce(_q.c.group_id, _c.c.group_id))
    .outerjoin(_e, _e.c.id == _q.c.claimed_by)
)


class Views:
    """See `ports.Views`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def counts(self, employee: handler_group.Employee, now: datetime) -> ports.Counts:
        """See `ports.Views`."""
        per_group = (
            sa.select(
                _q.c.group_id,
                sa.func.count().label("all"),
                sa.func.count().filter(_q.c.claimed_by.is_(None)).label("unclaimed"),
                sa.func.count().filter(_q.c.due_at < now).label("late"),
            )
            .where(tables.OPEN, _q.c.group_id.in_(employee.groups))
            .group_by(_q.c.group_id)
        )
        found = self._in.connection.execute(per_group).all()
        sizes = dict.fromkeys(employee.groups, 0) | {row.group_id: row.all for row in found}
        return ports.Counts(
            mine=self._count(_q, tables.OPEN, _q.c.claimed_by == employee.id),
            my_groups=sum(sizes.values()),
            unclaimed=sum(row.unclaimed for row in found),
            late=sum(row.late for row in found),
            waiting=self._count(_c, tables.CITIZEN_OWNS, _c.c.group_id.in_(employee.groups)),
            parked=self._count(_r, tables.PARKED) + (self._count(_j, tables.DEAD) if employee.leads else 0),
            groups=sizes,
        )

    def work_list(
        self, view: str, employee: handler_group.Employee, now: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[ports.QueueLine], str | None]:
        """See `ports.Views`.

        Raises:
            NotAllowed: the group is not one of the employee's.
            NotFound: there is no such view.
            Invalid: `after` is no key of a page.
        """
        if view == "waiting":
            page = sa.select(_c.c.id.label("contact_id"), _c.c.updated_at.label("at"), _c.c.id.label("id")).where(
                tables.CITIZEN_OWNS, _c.c.group_id.in_(employee.groups), *paging.after(after, _c.c.updated_at, _c.c.id)
            )
            page = page.order_by(_c.c.updated_at, _c.c.id)
        else:
            page = sa.select(_q.c.contact_id, _q.c.waiting_since.label("at"), _q.c.id.label("id")).where(
                tables.OPEN, *_in_view(view, employee, now), *paging.after(after, _q.c.waiting_since, _q.c.id)
            )
            page = page.order_by(_q.c.waiting_since, _q.c.id)
        rows, key = self._page(page, limit)
        return self._lines([row.contact_id for row in rows]), key

    def search(self, text: str, employee: handler_group.Employee, limit: int) -> Sequence[ports.QueueLine]:
        """See `ports.Views`. Every word must begin a word of the subject, the name or an address."""
        digits = "".join(text.split())
        conditions: list[Any] = []
        if asked := words.asked(text):
            conditions.append(sa.and_(_c.c.id.in_(_having(asked[0])), *(_has(word) for word in asked[1:])))
        if digits.isascii() and digits.isdigit() and len(digits) <= NUMBER_DIGITS:
            conditions.append(_c.c.number == int(digits))
        if not conditions:
            return []
        found = sa.union(*(sa.select(_c.c.id).where(each) for each in conditions)).scalar_subquery()
        seen = sa.select(_c.c.id).where(_c.c.id.in_(found), _visible(employee))
        newest = seen.order_by(_c.c.created_at.desc(), _c.c.id.desc()).limit(limit)
        return self._lines(self._in.connection.execute(newest).scalars().all())

    def contacts(self, after: str | None, limit: int) -> tuple[Sequence[contact.Contact], str | None]:
        """See `ports.Views`."""
        columns = encoding.columns(_c, contact.Contact)
        page = sa.select(*columns).where(*paging.after(after, _c.c.created_at, _c.c.id, down=True))
        newest = page.order_by(_c.c.created_at.desc(), _c.c.id.desc()).limit(limit + 1)
        found = [encoding.from_row(contact.Contact, row) for row in self._in.connection.execute(newest)]
        shown = found[:limit]
        return shown, paging.key(shown[-1].created_at, shown[-1].id) if len(found) > limit else None

    def open_items(
        self, group_id: ids.GroupId | None, after: str | None, limit: int
    ) -> tuple[Sequence[handler_group.QueueItem], str | None]:
        """See `ports.Views`."""
        page = queue.ITEM.where(tables.OPEN, *paging.after(after, _q.c.waiting_since, _q.c.id))
        if group_id is not None:
            page = page.where(_q.c.group_id == group_id)
        longest = page.order_by(_q.c.waiting_since, _q.c.id).limit(limit + 1)
        found = [encoding.from_row(handler_group.QueueItem, row) for row in self._in.connection.execute(longest)]
        shown = found[:limit]
        return shown, paging.key(shown[-1].waiting_since, shown[-1].id) if len(found) > limit else None

    def parked(self, limit: int) -> Sequence[ports.StoredReceipt]:
        """See `ports.Views`. Of large receipts only the beginning is read."""
        newest = sa.select(_r).where(tables.PARKED).order_by(_r.c.received_at.desc(), _r.c.id.desc()).limit(limit)
        return [
            receipts.stored(
                row, row.raw if row.blob_sha256 is None else self._in.files.load(row.blob_sha256, tables.INLINE_BYTES)
            )
            for row in self._in.connection.execute(newest)
        ]

    def ledger(self) -> Mapping[str, int]:
        """See `ports.Views`. Counted each time, as a stored sum would prove nothing."""
        counted = sa.select(_r.c.outcome, sa.func.count().label("receipts")).group_by(_r.c.outcome)
        found = {row.outcome or "open": row.receipts for row in self._in.connection.execute(counted)}
        return {outcome: found.get(outcome, 0) for outcome in ("open", *tables.OUTCOMES)}

    def _count(self, table: sa.Table, *conditions: Any) -> int:
        counted = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return self._in.connection.execute(counted).scalar_one()

    def _page(self, page: Statement, limit: int) -> tuple[Sequence[encoding.AnyRow], str | None]:
        """At most `limit` rows, and the key of the next page when there is more."""
        found = self._in.connection.execute(page.limit(limit + 1)).all()
        shown = found[:limit]
        return shown, paging.key(shown[-1].at, shown[-1].id) if len(found) > limit else None

    def _lines(self, contact_ids: Sequence[str]) -> list[ports.QueueLine]:
        """The lines of these contacts, in this order."""
        place = {contact_id: number for number, contact_id in enumerate(contact_ids)}
        rows = self._in.connection.execute(_LINE.where(_c.c.id.in_(contact_ids))).all() if contact_ids else []
        lines: list[ports.QueueLine] = []
        for row in sorted(rows, key=lambda row: place[row.contact_id]):
            fields = encoding.fields(row)
            fields["last_from_citizen"] = fields.pop("last_direction") is message.Direction.IN
            lines.append(ports.QueueLine(**fields))
        return lines


NUMBER_DIGITS = 10
"""The longest public number of a contact. Source: Klantinteracties, klantcontact.referentienummer."""


def _in_view(view: str, employee: handler_group.Employee, now: datetime) -> list[Any]:
    """The items of a view of the workspace."""
    mine = _q.c.group_id.in_(employee.groups)
    name, _, group_id = view.partition(":")
    match name:
        case "mine":
            return [_q.c.claimed_by == employee.id]
        case "groups":
            return [mine]
        case "unclaimed":
            return [mine, _q.c.claimed_by.is_(None)]
        case "late":
            return [mine, _q.c.due_at < now]
        case "group" if group_id in employee.groups:
            return [_q.c.group_id == group_id]
        case "group":
            raise errors.NotAllowed("This group is not one of yours: ask a lead to make you a member.")
        case _:
            raise errors.NotFound(f"There is no view {view}.")


def _visible(employee: handler_group.Employee) -> Any:
    """What an employee may find: the own groups' contacts, and for the front desk all that are not confidential."""
    if employee.leads:
        return sa.true()
    own = _c.c.group_id.in_(employee.groups)
    at_front_desk = sa.exists().where(_g.c.is_front_desk, _g.c.id.in_(employee.groups))
    return own | (at_front_desk & _c.c.confidential.is_(False))


def _begins(column: sa.Column[Any], word: str) -> Any:
    return (column >= word) & (column < words.end_of_prefix(word))


def _having(word: str) -> Any:
    """The ids of the contacts with a word that begins with `word`."""
    by_subject = sa.select(tables.contact_word.c.contact_id).where(_begins(tables.contact_word.c.word, word))
    by_party = (
        sa.select(_c.c.id)
        .join(tables.party_word, tables.party_word.c.party_id == _c.c.party_id)
        .where(_begins(tables.party_word.c.word, word))
    )
    return sa.union(by_subject, by_party.correlate(None)).scalar_subquery()


def _has(word: str) -> Any:
    """Whether the contact of the row has a word that begins with `word`."""
    subject, name = tables.contact_word.c, tables.party_word.c
    return sa.exists().where(subject.contact_id == _c.c.id, _begins(subject.word, word)) | sa.exists().where(
        name.party_id == _c.c.party_id, _begins(name.word, word)
    )
