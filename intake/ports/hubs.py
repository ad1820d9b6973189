"""The hubs that share a store."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

from intake.domain import ids


class Hubs(Protocol):
    """The hubs that share a store. A holder is the id of one hub process."""

    def hold(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take the lease `name` (of the form `kind:what`) or renew it; False when another holds it at `now`."""
        ...

    def let_go(self, name: str, holder: str) -> None:
        """Give the lease up; does nothing when another holds it."""
        ...

    def ended(self, kind: str, now: datetime) -> Sequence[str]:
        """The holders of leases of this kind that they did not renew."""
        ...

    def forget(self, holder: str | None) -> None:
        """Remove the leases and open chats of this hub, which is gone; None: of every hub."""
        ...

    def open_chat(self, conversation_id: ids.ConversationId, holder: str) -> None:
        """This chat is on a screen, connected to this hub."""
        ...

    def close_chat(self, conversation_id: ids.ConversationId, holder: str) -> None:
        """It is not connected to this hub any more."""
        ...

    def open_chats(self, holder: str) -> AbstractSet[ids.ConversationId]:
        """The chats that are written down as connected to this hub."""
        ...

    def has_open_chat(self, conversation_id: ids.ConversationId) -> bool:
        """Whether it is connected to any hub."""
        ...

    def fixed(self, name: str, value: str) -> str:
        """Keep a value that every hub of this installation must share; returns the one that was first."""
        ...
