"""Utterances, their files, and the mail ids that lead back to a contact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from intake.domain import ids, message


class Messages(Protocol):
    """Utterances, their files, and the mail ids that lead back to a contact."""

    def add(self, new: message.Message, attachments: Sequence[message.Attachment] = ()) -> None:
        """Insert."""
        ...

    def get(self, message_id: ids.MessageId) -> message.Message:
        """Raises NotFound."""
        ...

    def of_contact(self, contact_id: ids.ContactId) -> Sequence[message.Message]:
        """All utterances, oldest first."""
        ...

    def of_conversation(self, conversation_id: ids.ConversationId, after: int, limit: int) -> Sequence[message.Message]:
        """Utterances of a chat with a higher seq than `after`."""
        ...

    def set_delivery(self, message_id: ids.MessageId, state: message.Delivery, detail: str) -> None:
        """Write how far it came."""
        ...

    def set_ranking(self, message_id: ids.MessageId, ranking: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the ranker proposed for a citizen's message."""
        ...

    def delivered_up_to(self, conversation_id: ids.ConversationId, seq: int) -> None:
        """Mark the outgoing chat messages up to `seq` as delivered."""
        ...

    def attachments(self, message_ids: Sequence[ids.MessageId]) -> Sequence[message.Attachment]:
        """The files of these messages."""
        ...

    def attachment(self, attachment_id: str) -> message.Attachment:
        """Raises NotFound."""
        ...

    def remember_mail_id(self, mail_id: str, contact_id: ids.ContactId) -> None:
        """An answer to this Message-ID belongs to this contact; the first contact keeps it."""
        ...

    def contacts_of_mail_ids(self, mail_ids: Sequence[str]) -> Mapping[str, ids.ContactId]:
        """The contacts that these Message-IDs are known in."""
        ...

    def automatic_since(self, address: str, since: datetime) -> int:
        """How many messages a machine of ours sent to this mail address since then."""
        ...
