"""Contact records, chats and history."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors
from intake.domain import contact, ids, message
from intake.store import encoding, parties, tables, words
from intake.store.transaction import Statement, Transaction

_t = tables.contact
_c = tables.conversation
_h = tables.history
_m = tables.message
_CONTACT = sa.select(*encoding.columns(_t, contact.Contact))
_CONVERSATION = sa.select(*encoding.columns(_c, contact.Conversation))
_ADD = postgresql.insert(_t).on_conflict_do_nothing(index_elements=["number"]).returning(_t.c.id)
_LAST_DIRECTION = (
    sa.select(_m.c.direction)
    .where(_m.c.contact_id == _t.c.id, _m.c.direction != message.Direction.NOTE)
    .order_by(_m.c.at.desc(), _m.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


class Contacts:
    """See `ports.Contacts`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, new: contact.Contact, candidates: Sequence[int]) -> contact.Contact:
        """See `ports.Contacts`.

        Raises:
            Conflict: all candidates are taken; try again with others.
        """
        for number in candidates:
            numbered = replace(new, number=ids.ContactNumber(number))
            if self._in.connection.execute(_ADD, encoding.to_row(numbered)).one_or_none() is not None:
                self._put_words(numbered)
                return numbered
        raise errors.Conflict("No free contact number was found: try again.")

    def get(self, contact_id: ids.ContactId) -> contact.Contact:
        """See `ports.Contacts`."""
        statement = self._in.locked(_CONTACT.where(_t.c.id == contact_id))
        return encoding.from_row(contact.Contact, self._in.row(statement, f"There is no contact {contact_id}."))

    def by_number(self, number: int) -> contact.Contact | None:
        """See `ports.Contacts`."""
        row = self._in.connection.execute(self._in.locked(_CONTACT.where(_t.c.number == number))).one_or_none()
        return None if row is None else encoding.from_row(contact.Contact, row)

    def save(self, changed: contact.Contact) -> contact.Contact:
        """See `ports.Contacts`."""
        saved = replace(changed, version=changed.version + 1)
        same = sa.update(_t).where(_t.c.id == changed.id, _t.c.version == changed.version)
        if self._in.changed(same.values(encoding.to_row(saved))) == 0:
            raise errors.Conflict("This contact was changed by somebody else: reload and look again.")
        self._put_words(saved)
        return saved

    def of_party(self, party_id: ids.PartyId, limit: int) -> Sequence[contact.Contact]:
        """See `ports.Contacts`."""
        theirs = _CONTACT.where(_t.c.party_id.in_(parties.family(party_id)))
        return self._all(theirs.order_by(_t.c.created_at.desc(), _t.c.id.desc()).limit(limit))

    def waiting_for_citizen_since(
        self, before: datetime, kinds: Sequence[contact.Kind], limit: int
    ) -> Sequence[contact.Contact]:
        """See `ports.Contacts`."""
        waiting = _CONTACT.where(tables.CITIZEN_OWNS, _t.c.updated_at < before, _t.c.kind.in_(kinds))
        return self._all(waiting.order_by(_t.c.updated_at, _t.c.id).limit(limit))

    def stranded(self, before: datetime, limit: int) -> Sequence[contact.Contact]:
        """See `ports.Contacts`."""
        unanswered = _CONTACT.where(tables.BOT_OWNS, _t.c.updated_at < before, message.Direction.IN == _LAST_DIRECTION)
        return self._all(unanswered.order_by(_t.c.updated_at, _t.c.id).limit(limit))

    def add_history(
        self, contact_id: ids.ContactId, at: datetime, kind: str, actor: str, detail: Mapping[str, Any]
    ) -> None:
        """See `ports.Contacts`."""
        row = {"contact_id": contact_id, "at": at, "kind": kind, "actor": actor, "detail": dict(detail)}
        self._in.add_history(row)

    def history(self, contact_id: ids.ContactId) -> Sequence[contact.HistoryLine]:
        """See `ports.Contacts`."""
        self._in.flush()
        lines = sa.select(_h).where(_h.c.contact_id == contact_id).order_by(_h.c.id)
        return [encoding.from_row(contact.HistoryLine, row) for row in self._in.connection.execute(lines)]

    def add_conversation(self, new: contact.Conversation) -> None:
        """See `ports.Contacts`."""
        self._in.connection.execute(sa.insert(_c), encoding.to_row(new))

    def conversation(self, conversation_id: ids.ConversationId) -> contact.Conversation:
        """See `ports.Contacts`."""
        statement = self._in.locked(_CONVERSATION.where(_c.c.id == conversation_id))
        row = self._in.row(statement, f"There is no conversation {conversation_id}.")
        return encoding.from_row(contact.Conversation, row)

    def save_conversation(self, changed: contact.Conversation) -> None:
        """See `ports.Contacts`."""
        same = sa.update(_c).where(_c.c.id == changed.id)
        if self._in.changed(same.values(encoding.to_row(changed))) == 0:
            raise errors.NotFound(f"There is no conversation {changed.id}.")

    def _all(self, statement: Statement) -> Sequence[contact.Contact]:
        return [encoding.from_row(contact.Contact, row) for row in self._in.connection.execute(statement)]

    def _put_words(self, saved: contact.Contact) -> None:
        """Make the contact findable by its subject. Words of an earlier subject stay: people may remember those."""
        found = words.of(saved.subject)
        if found:
            insert = postgresql.insert(tables.contact_word).on_conflict_do_nothing()
            self._in.connection.execute(insert, [{"word": word, "contact_id": saved.id} for word in found])
