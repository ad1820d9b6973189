"""Contact records, chats and history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from intake.domain import contact, ids


class Contacts(Protocol):
    """Contact records, chats and history."""

    def add(self, new: contact.Contact, candidates: Sequence[int]) -> contact.Contact:
        """Insert under the first free number of `candidates` (then `number` of `new` is ignored)."""
        ...

    def get(self, contact_id: ids.ContactId) -> contact.Contact:
        """Read, locked until the end of the unit of work. Raises NotFound."""
        ...

    def by_number(self, number: int) -> contact.Contact | None:
        """As `get`, by public number."""
        ...

    def save(self, changed: contact.Contact) -> contact.Contact:
        """Update and raise the version; raises Conflict when the version is stale."""
        ...

    def of_party(self, party_id: ids.PartyId, limit: int) -> Sequence[contact.Contact]:
        """The newest contacts of the party (and of those merged into it)."""
        ...

    def waiting_for_citizen_since(
        self, before: datetime, kinds: Sequence[contact.Kind], limit: int
    ) -> Sequence[contact.Contact]:
        """Contacts of these kinds whose owner is the citizen and that did not change since `before`, oldest first."""
        ...

    def stranded(self, before: datetime, limit: int) -> Sequence[contact.Contact]:
        """Contacts whose owner is the bot, not changed since `before`, whose last message is the citizen's."""
        ...

    def add_history(
        self, contact_id: ids.ContactId, at: datetime, kind: str, actor: str, detail: Mapping[str, Any]
    ) -> None:
        """Write down what happened."""
        ...

    def history(self, contact_id: ids.ContactId) -> Sequence[contact.HistoryLine]:
        """All lines, oldest first."""
        ...

    def add_conversation(self, new: contact.Conversation) -> None:
        """Insert."""
        ...

    def conversation(self, conversation_id: ids.ConversationId) -> contact.Conversation:
        """Raises NotFound."""
        ...

    def save_conversation(self, changed: contact.Conversation) -> None:
        """Update."""
        ...
