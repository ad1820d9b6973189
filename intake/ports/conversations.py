"""Live conversations: chats that are open on a screen now."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from intake.domain import contact, ids, message


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationState:
    """What a citizen's screen shows beside the messages.

    `wait` says when the answer comes, in their language; `time_zone` is the city's, in which the screen shows moments.
    """

    conversation_id: ids.ConversationId
    token: str
    last_seq: int
    number: int | None
    owner: contact.Owner | None
    wait: str | None
    time_zone: str


class Conversations(Protocol):
    """Chats that are open on a screen now."""

    async def open(self, token: str | None) -> ConversationState:
        """Give the conversation of this token back, or begin a new one (also when the token is not ours)."""
        ...

    async def state(self, conversation_id: ids.ConversationId) -> ConversationState:
        """The state now; that of an empty conversation when nothing was said in it."""
        ...

    async def messages(self, conversation_id: ids.ConversationId, after: int) -> Sequence[message.Message]:
        """At most 200 messages with a higher seq than `after`, in order."""
        ...

    async def delivered(self, conversation_id: ids.ConversationId, seq: int) -> None:
        """The citizen's screen showed everything up to `seq`."""
        ...

    def changes(self, conversation_id: ids.ConversationId) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """What changes in this conversation while the context is open: `message`, `state` or `typing:<name>`.

        A change may be told more than once and never carries content: read the messages after it.
        """
        ...
