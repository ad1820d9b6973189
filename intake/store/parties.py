"""People, their addresses, and which of them are one."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors
from intake.domain import ids, message, party
from intake.store import encoding, tables, words
from intake.store.transaction import Transaction

_t = tables.party
_a = tables.digital_address
_PARTY = sa.select(*encoding.columns(_t, party.Party))
_ADDRESS = sa.select(*encoding.columns(_a, party.DigitalAddress))
_SOURCES = (party.Source.STATED, party.Source.EMPLOYEE, party.Source.SENDER)
_PROOFS = tuple(party.Verification)
_LONGEST_CHAIN = 20


class Parties:
    """See `ports.Parties`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, new: party.Party) -> None:
        """See `ports.Parties`."""
        self._in.connection.execute(sa.insert(_t), encoding.to_row(new))
        self._add_words(new.id, words.of(new.name))

    def get(self, party_id: ids.PartyId) -> party.Party:
        """See `ports.Parties`."""
        found = self._exact(party_id)
        for _ in range(_LONGEST_CHAIN):
            if found.merged_into is None:
                return found
            found = self._exact(found.merged_into)
        raise errors.Conflict(f"Party {party_id} was merged in a circle: undo one of the merges.")

    def save(self, changed: party.Party) -> None:
        """See `ports.Parties`."""
        row = encoding.to_row(changed) | {"version": changed.version + 1}
        same = sa.update(_t).where(_t.c.id == changed.id, _t.c.version == changed.version)
        if self._in.changed(same.values(row)) == 0:
            raise errors.Conflict("This person was changed by somebody else: reload and try again.")
        self._add_words(changed.id, words.of(changed.name))

    def addresses(self, party_id: ids.PartyId) -> Sequence[party.DigitalAddress]:
        """See `ports.Parties`."""
        statement = _ADDRESS.where(_a.c.party_id.in_(family(party_id))).order_by(_a.c.created_at, _a.c.id)
        return [encoding.from_row(party.DigitalAddress, row) for row in self._in.connection.execute(statement)]

    def put_address(self, address: party.DigitalAddress) -> None:
        """See `ports.Parties`."""
        insert = postgresql.insert(_a).on_conflict_do_nothing(index_elements=[_a.c.party_id, _a.c.kind, _a.c.value])
        added = self._in.connection.execute(insert.returning(_a.c.id), encoding.to_row(address)).one_or_none()
        if added is not None:
            self._add_words(address.party_id, _words_of_address(address))
            return
        here = (_a.c.party_id == address.party_id) & (_a.c.kind == address.kind) & (_a.c.value == address.value)
        known = encoding.from_row(party.DigitalAddress, self._in.connection.execute(_ADDRESS.where(here)).one())
        stronger = _stronger(known, address)
        if stronger != known:
            self._in.changed(sa.update(_a).where(_a.c.id == known.id).values(encoding.to_row(stronger)))

    def owner_of(self, kind: message.AddressKind, value: str) -> party.Party | None:
        """See `ports.Parties`. When several proved it, the one whose mailbox it is, else the first."""
        statement = _ADDRESS.where(_a.c.kind == kind, _a.c.value == value)
        found = [encoding.from_row(party.DigitalAddress, row) for row in self._in.connection.execute(statement)]
        theirs = [address for address in found if address.is_theirs]
        if not theirs:
            return None
        first = min(theirs, key=lambda each: (each.source is not party.Source.SENDER, each.created_at, each.id))
        return self.get(first.party_id)

    def _exact(self, party_id: ids.PartyId) -> party.Party:
        row = self._in.row(_PARTY.where(_t.c.id == party_id), f"There is no party {party_id}.")
        return encoding.from_row(party.Party, row)

    def _add_words(self, party_id: ids.PartyId, found: Sequence[str]) -> None:
        if found:
            insert = postgresql.insert(tables.party_word).on_conflict_do_nothing()
            self._in.connection.execute(insert, [{"word": word, "party_id": party_id} for word in found])


def family(party_id: ids.PartyId) -> sa.ScalarSelect[str]:
    """The ids of the party and of all that were merged into it, whatever the number of steps."""
    members = sa.select(_t.c.id).where(_t.c.id == party_id).cte("family", recursive=True)
    members = members.union(sa.select(_t.c.id).where(_t.c.merged_into == members.c.id))
    return sa.select(members.c.id).scalar_subquery()


def _stronger(known: party.DigitalAddress, new: party.DigitalAddress) -> party.DigitalAddress:
    """The known address with the better of both proofs."""
    source = max(known.source, new.source, key=_SOURCES.index)
    if _PROOFS.index(new.verification) <= _PROOFS.index(known.verification):
        return replace(known, source=source)
    return replace(known, source=source, verification=new.verification, verified_at=new.verified_at)


def _words_of_address(address: party.DigitalAddress) -> list[str]:
    match address.kind:
        case message.AddressKind.EMAIL:
            return words.of(address.value)
        case message.AddressKind.PHONE:
            return words.of_phone(address.value)
        case message.AddressKind.WEBCHAT:
            return []
