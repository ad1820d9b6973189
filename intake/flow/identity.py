"""Who is talking: parties, their addresses, and the proof that two records are one person."""

import dataclasses
from datetime import datetime

from intake import ports
from intake.domain import ids, message, party


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FreshIds:
    """Ids drawn before the unit of work, because that may run more than once."""

    party: ids.PartyId
    addresses: tuple[ids.AddressId, ...]


def draw(fresh: ports.Ids) -> FreshIds:
    """Enough ids for one message."""
    return FreshIds(party=ids.PartyId(fresh.new()), addresses=tuple(ids.AddressId(fresh.new()) for _ in range(3)))


def party_of_sender(
    uow: ports.UnitOfWork, sender: message.Address | None, fresh: FreshIds, now: datetime, *, is_claim: bool
) -> party.Party:
    """The party that this sender address is for sure, else a new one; a claimed address never finds a party."""
    known = uow.parties.owner_of(sender.kind, sender.value) if sender is not None and not is_claim else None
    if known is not None:
        return known
    new = party.Party(id=fresh.party, name=sender.name if sender else "", created_at=now)
    uow.parties.add(new)
    if sender is not None:
        source = party.Source.STATED if is_claim else party.Source.SENDER
        put(uow, new.id, fresh.addresses[0], sender.kind, sender.value, source, now)
    return new


def put(
    uow: ports.UnitOfWork,
    party_id: ids.PartyId,
    address_id: ids.AddressId,
    kind: message.AddressKind,
    value: str,
    source: party.Source,
    now: datetime,
    verification: party.Verification = party.Verification.NONE,
) -> None:
    """Add an address to a party, or strengthen the proof of one that it has."""
    uow.parties.put_address(
        party.DigitalAddress(
            id=address_id,
            party_id=party_id,
            kind=kind,
            value=value,
            source=source,
            verification=verification,
            verified_at=now if verification is not party.Verification.NONE else None,
            created_at=now,
        )
    )


def proved_by_reply(
    uow: ports.UnitOfWork, party_id: ids.PartyId, sender: message.Address, fresh: FreshIds, now: datetime
) -> party.Party:
    """The sender answered a mail that only this party's mailbox got: the address is proved.

    Only an address that the party stated (or uses) is proved; a forwarded mail that somebody else answers proves
    nothing. When the mailbox was known as another party's, that party is linked to this one (reversible).
    """
    this = uow.parties.get(party_id)
    stated = {a.value for a in uow.parties.addresses(this.id) if a.kind is sender.kind}
    if sender.value not in stated:
        return this
    other = uow.parties.owner_of(sender.kind, sender.value)
    put(
        uow,
        this.id,
        fresh.addresses[0],
        sender.kind,
        sender.value,
        party.Source.STATED,
        now,
        party.Verification.REPLY,
    )
    if other is not None and other.id != this.id:
        uow.parties.save(dataclasses.replace(other, merged_into=this.id, merge_evidence=f"reply:{sender.kind.value}"))
    if not this.name and sender.name:
        this = dataclasses.replace(this, name=sender.name)
        uow.parties.save(this)
        this = uow.parties.get(this.id)
    return this


def state_details(
    uow: ports.UnitOfWork, party_id: ids.PartyId, details: message.Details, fresh: FreshIds, now: datetime
) -> None:
    """Keep what a citizen says of themselves: claims, not proof."""
    this = uow.parties.get(party_id)
    if details.name and details.name != this.name:
        uow.parties.save(dataclasses.replace(this, name=details.name))
    mail, phone = party.mail_address(details.email), party.phone_number(details.phone)
    if mail:
        put(uow, this.id, fresh.addresses[1], message.AddressKind.EMAIL, mail, party.Source.STATED, now)
    if phone:
        put(uow, this.id, fresh.addresses[2], message.AddressKind.PHONE, phone, party.Source.STATED, now)


def mail_address_of(uow: ports.UnitOfWork, party_id: ids.PartyId) -> party.DigitalAddress | None:
    """The mail address to write to: a proved one, else one that mail came from, else the last one stated."""
    mails = [a for a in uow.parties.addresses(party_id) if a.kind is message.AddressKind.EMAIL]
    order = {True: 2, False: 1}
    return max(
        mails,
        key=lambda a: (
            a.verification is not party.Verification.NONE,
            order[a.source is party.Source.SENDER],
            a.created_at,
        ),
        default=None,
    )
