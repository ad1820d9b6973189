"""Utterances, their files, and the mail ids that lead back to a contact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors
from intake.domain import ids, message
from intake.store import encoding, tables
from intake.store.transaction import Statement, Transaction

_t = tables.message
_a = tables.attachment
_r = tables.mail_reference
_MESSAGE = sa.select(*encoding.columns(_t, message.Message))
_ATTACHMENT = sa.select(*encoding.columns(_a, message.Attachment))
_MANY = 500
"""Ids in one IN list; both databases take far more."""


class Messages:
    """See `ports.Messages`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, new: message.Message, attachments: Sequence[message.Attachment] = ()) -> None:
        """See `ports.Messages`."""
        self._in.connection.execute(sa.insert(_t), encoding.message_row(new))
        if attachments:
            self._in.connection.execute(sa.insert(_a), [encoding.to_row(file) for file in attachments])

    def get(self, message_id: ids.MessageId) -> message.Message:
        """See `ports.Messages`."""
        row = self._in.row(_MESSAGE.where(_t.c.id == message_id), f"There is no message {message_id}.")
        return encoding.message_of(row)

    def of_contact(self, contact_id: ids.ContactId) -> Sequence[message.Message]:
        """See `ports.Messages`."""
        return self._all(_MESSAGE.where(_t.c.contact_id == contact_id).order_by(_t.c.at, _t.c.id))

    def of_conversation(self, conversation_id: ids.ConversationId, after: int, limit: int) -> Sequence[message.Message]:
        """See `ports.Messages`."""
        later = _MESSAGE.where(_t.c.conversation_id == conversation_id, _t.c.seq > after)
        return self._all(later.order_by(_t.c.seq).limit(limit))

    def set_delivery(self, message_id: ids.MessageId, state: message.Delivery, detail: str) -> None:
        """See `ports.Messages`."""
        self._change(message_id, delivery=state, delivery_detail=detail)

    def set_ranking(self, message_id: ids.MessageId, ranking: Sequence[Mapping[str, Any]]) -> None:
        """See `ports.Messages`."""
        self._change(message_id, ranking=[dict(line) for line in ranking])

    def delivered_up_to(self, conversation_id: ids.ConversationId, seq: int) -> None:
        """See `ports.Messages`. What failed or is not sent yet and yet was shown is delivered, too."""
        shown = sa.update(_t).where(
            _t.c.conversation_id == conversation_id,
            _t.c.seq <= seq,
            tables.OUTGOING,
            _t.c.delivery != message.Delivery.DELIVERED,
        )
        self._in.changed(shown.values(delivery=message.Delivery.DELIVERED, delivery_detail=""))

    def attachments(self, message_ids: Sequence[ids.MessageId]) -> Sequence[message.Attachment]:
        """See `ports.Messages`."""
        found: list[message.Attachment] = []
        for start in range(0, len(message_ids), _MANY):
            some = _ATTACHMENT.where(_a.c.message_id.in_(message_ids[start : start + _MANY]))
            rows = self._in.connection.execute(some.order_by(_a.c.message_id, _a.c.id))
            found += [encoding.from_row(message.Attachment, row) for row in rows]
        return found

    def attachment(self, attachment_id: str) -> message.Attachment:
        """See `ports.Messages`."""
        row = self._in.row(_ATTACHMENT.where(_a.c.id == attachment_id), f"There is no attachment {attachment_id}.")
        return encoding.from_row(message.Attachment, row)

    def remember_mail_id(self, mail_id: str, contact_id: ids.ContactId) -> None:
        """See `ports.Messages`."""
        insert = postgresql.insert(_r).on_conflict_do_nothing(index_elements=["mail_id"])
        self._in.connection.execute(insert, {"mail_id": mail_id, "contact_id": contact_id})

    def contacts_of_mail_ids(self, mail_ids: Sequence[str]) -> Mapping[str, ids.ContactId]:
        """See `ports.Messages`."""
        found: dict[str, ids.ContactId] = {}
        for start in range(0, len(mail_ids), _MANY):
            some = sa.select(_r.c.mail_id, _r.c.contact_id).where(_r.c.mail_id.in_(mail_ids[start : start + _MANY]))
            found |= {row.mail_id: row.contact_id for row in self._in.connection.execute(some)}
        return found

    def automatic_since(self, address: str, since: datetime) -> int:
        """See `ports.Messages`."""
        ours = sa.select(sa.func.count()).where(
            tables.OUTGOING, _t.c.address == address, _t.c.at >= since, _t.c.automatic.is_(True)
        )
        return self._in.connection.execute(ours).scalar_one()

    def _all(self, statement: Statement) -> Sequence[message.Message]:
        return [encoding.message_of(row) for row in self._in.connection.execute(statement)]

    def _change(self, message_id: ids.MessageId, **values: Any) -> None:
        if self._in.changed(sa.update(_t).where(_t.c.id == message_id).values(values)) == 0:
            raise errors.NotFound(f"There is no message {message_id}.")
