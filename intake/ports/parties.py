"""People and their addresses."""

from collections.abc import Sequence
from typing import Protocol

from intake.domain import ids, message, party


class Parties(Protocol):
    """People and their addresses."""

    def add(self, new: party.Party) -> None:
        """Insert."""
        ...

    def get(self, party_id: ids.PartyId) -> party.Party:
        """The party itself, or the one that it was merged into. Raises NotFound."""
        ...

    def save(self, changed: party.Party) -> None:
        """Update; raises Conflict when the version is stale."""
        ...

    def addresses(self, party_id: ids.PartyId) -> Sequence[party.DigitalAddress]:
        """All addresses of the party and of those merged into it, oldest first."""
        ...

    def put_address(self, address: party.DigitalAddress) -> None:
        """Insert, or strengthen the proof of the same address of the same party; never weaken it."""
        ...

    def owner_of(self, kind: message.AddressKind, value: str) -> party.Party | None:
        """The party whose address this is for sure (`DigitalAddress.is_theirs`), else None."""
        ...
