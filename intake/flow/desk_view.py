"""What the workspace shows of contacts, and to whom: every page, file and event passes the same door here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake import errors, ports
from intake.domain import catalogue, handler_group, ids, message
from intake.domain import contact as contacts
from intake.domain import party as parties
from intake.flow import hub as hub_module
from intake.flow import reply

EARLIER = 12
WORTH_SHOWING = 0.2
"""A product with a lower score is a guess that costs an employee more time than it saves."""
SUGGESTIONS = 3
HITS = 8
PARKED = 100
SEARCH = 50
SEES_ALL = frozenset({handler_group.Role.LEAD, handler_group.Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A product that may answer the question; `words` are the citizen's words that point at it."""

    product: catalogue.Product
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A contact as one employee sees it."""

    now: datetime
    contact: contacts.Contact
    party: parties.Party
    addresses: tuple[parties.DigitalAddress, ...]
    item: handler_group.QueueItem | None
    group: handler_group.HandlerGroup | None
    holder: handler_group.Employee | None
    is_mine: bool
    can_claim: bool
    can_take_up: bool
    """Closed or waiting for the citizen, and in a group of this employee."""
    messages: tuple[message.Message, ...]
    attachments: Mapping[ids.MessageId, tuple[message.Attachment, ...]]
    history: tuple[contacts.HistoryLine, ...]
    route: reply.Route | None
    suggestions: tuple[Suggestion, ...]
    products: Mapping[ids.ProductId, catalogue.Product]
    """The products that messages cite."""
    earlier: tuple[contacts.Contact, ...]
    earlier_hidden: int
    """How many earlier contacts of this party are with groups of others."""
    maybe_same: tuple[parties.Party, ...]
    """Other parties that are known by an address which this one stated."""
    groups: tuple[handler_group.HandlerGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A page of a work list with the figures beside the views."""

    now: datetime
    counts: ports.Counts
    groups: tuple[handler_group.HandlerGroup, ...]
    """The employee's own groups."""
    lines: tuple[ports.QueueLine, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """What could not be read, and work that failed for good."""

    receipts: tuple[tuple[ports.StoredReceipt, contacts.Contact | None], ...]
    jobs: tuple[Mapping[str, object], ...]
    """Empty for employees who may not try them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Bytes to download."""

    name: str
    media_type: str
    content: bytes


class DeskView:
    """Reads for one hub; each method answers for one employee and raises NotFound for what is not theirs to see."""

    def __init__(self, hub: hub_module.Hub) -> None:
        """Read from this hub."""
        self._hub = hub

    async def inbox(
        self,
        employee: handler_group.Employee,
        view: str,
        *,
        after: str | None = None,
        limit: int = 40,
        search: str | None = None,
    ) -> Inbox:
        """A page of `view` (see `ports.Views.work_list`), or what `search` finds.

        Raises:
            NotFound: the view is of a group that the employee is not in.
        """
        now = self._hub.clock.now()
        group_id = view.removeprefix("group:") if view.startswith("group:") else None
        if group_id is not None and group_id not in employee.groups:
            raise errors.NotFound("Deze groep bestaat niet, of u zit er niet in.")

        def work(uow: ports.UnitOfWork) -> Inbox:
            lines: Sequence[ports.QueueLine]
            if search is not None:
                found = uow.views.search(search, employee, SEARCH)
                lines, following = list(found), None
            else:
                lines, following = uow.views.work_list(view, employee, now, after, limit)
            return Inbox(
                now=now,
                counts=uow.views.counts(employee, now),
                groups=tuple(group for group in uow.directory.groups() if group.id in employee.groups),
                lines=tuple(lines),
                after=following,
            )

        return await self._hub.store.read(work)

    async def find(self, employee: handler_group.Employee, number: int) -> contacts.Contact:
        """The contact with this number. Raises NotFound, also when it is not theirs to see."""
        return await self._hub.store.read(lambda uow: _visible(uow, employee, uow.contacts.by_number(number)))

    async def open(self, employee: handler_group.Employee, number: int) -> Opened:
        """Everything about one contact. Raises NotFound."""
        return await self._hub.store.read(
            lambda uow: self._opened(uow, employee, _visible(uow, employee, uow.contacts.by_number(number)))
        )

    def _opened(self, uow: ports.UnitOfWork, employee: handler_group.Employee, of: contacts.Contact) -> Opened:
        now = self._hub.clock.now()
        item = uow.queue.get(of.open_item_id) if of.open_item_id else None
        holder = uow.directory.employee(item.claimed_by) if item and item.claimed_by else None
        messages = tuple(uow.messages.of_contact(of.id))
        who = uow.parties.get(of.party_id)
        addresses = tuple(uow.parties.addresses(of.party_id))
        others = [other for other in uow.contacts.of_party(of.party_id, EARLIER) if other.id != of.id]
        earlier = tuple(other for other in others if _may_see(uow, employee, other))
        groups = tuple(uow.directory.groups())
        is_mine = holder is not None and holder.id == employee.id
        is_free = item is not None and (holder is None or (item.lease_until is not None and item.lease_until <= now))
        return Opened(
            now=now,
            contact=of,
            party=who,
            addresses=addresses,
            item=item,
            group=next((group for group in groups if group.id == of.group_id), None),
            holder=holder,
            is_mine=is_mine,
            can_claim=is_free and not is_mine and item is not None and employee.may_work_in(item.group_id),
            can_take_up=_can_take_up(uow, employee, of),
            messages=messages,
            attachments=_by_message(uow, messages),
            history=tuple(uow.contacts.history(of.id)),
            route=reply.route(self._hub, uow, of),
            suggestions=_suggestions(uow, messages),
            products=_cited(uow, messages),
            earlier=earlier,
            earlier_hidden=len(others) - len(earlier),
            maybe_same=_maybe_same(uow, who, addresses),
            groups=groups,
        )

    async def parked(self, employee: handler_group.Employee) -> Parked:
        """Unreadable receipts that the employee may see, and for leads the work that failed for good."""

        def work(uow: ports.UnitOfWork) -> Parked:
            receipts: list[tuple[ports.StoredReceipt, contacts.Contact | None]] = []
            for stored in uow.views.parked(PARKED):
                of = _contact_of_receipt(uow, stored)
                if employee.role in SEES_ALL or (of is not None and _may_see(uow, employee, of)):
                    receipts.append((stored, of))
            jobs = uow.jobs.dead(PARKED) if employee.role in SEES_ALL else ()
            return Parked(receipts=tuple(receipts), jobs=tuple(jobs))

        return await self._hub.store.read(work)

    async def retry(self, employee: handler_group.Employee, job_id: int) -> None:
        """Try a dead letter again. Raises NotAllowed for all but leads, NotFound when it is gone."""
        if employee.role not in SEES_ALL:
            raise errors.NotAllowed("Alleen een teamleider kan dit opnieuw proberen. Vraag het uw teamleider.")
        now = self._hub.clock.now()
        await self._hub.store.write(lambda uow: uow.jobs.revive(job_id, now))
        self._hub.wake()

    async def attachment(self, employee: handler_group.Employee, attachment_id: str) -> File:
        """A file of a message. Raises NotFound."""

        def work(uow: ports.UnitOfWork) -> message.Attachment:
            found = uow.messages.attachment(attachment_id)
            _visible(uow, employee, uow.contacts.get(uow.messages.get(found.message_id).contact_id))
            return found

        found = await self._hub.store.read(work)
        return File(name=found.name, media_type=found.media_type, content=await self._hub.blobs.get(found.sha256))

    async def html(self, employee: handler_group.Employee, message_id: ids.MessageId) -> str:
        """The cleaned HTML of a message. Raises NotFound."""

        def work(uow: ports.UnitOfWork) -> str:
            found = uow.messages.get(message_id)
            _visible(uow, employee, uow.contacts.get(found.contact_id))
            if found.html is None:
                raise errors.NotFound("Dit bericht heeft geen opmaak.")
            return found.html

        return await self._hub.store.read(work)

    async def source(self, employee: handler_group.Employee, receipt_id: ids.ReceiptId) -> File:
        """The raw bytes of a delivery. Raises NotFound."""

        def work(uow: ports.UnitOfWork) -> ports.StoredReceipt:
            stored = uow.receipts.get(receipt_id)
            of = _contact_of_receipt(uow, stored)
            if employee.role not in SEES_ALL:
                _visible(uow, employee, of)
            return stored

        stored = await self._hub.store.read(work)
        is_mail = stored.receipt.channel == "email"
        return File(
            name=f"bron-{stored.id}.{'eml' if is_mail else 'txt'}",
            media_type="application/octet-stream",
            content=stored.receipt.raw,
        )

    async def products(self, text: str) -> tuple[catalogue.Product, ...]:
        """Products whose title, theme or key words hold every word of `text`, best first; none for an empty text."""
        words = text.casefold().split()
        if not words:
            return ()
        everything = await self._hub.store.read(lambda uow: uow.products.all())
        ranked = [(_fit(product, words), product) for product in everything]
        hits = sorted((pair for pair in ranked if pair[0]), key=lambda pair: (-pair[0], pair[1].title_in("nl")))
        return tuple(product for _, product in hits[:HITS])

    async def answer_text(self, product_id: ids.ProductId, language: str) -> tuple[catalogue.Product, str]:
        """A product and the text that answers with it, as every channel gives it. Raises NotFound."""
        product = await self._hub.store.read(lambda uow: uow.products.get(product_id))
        if product.withdrawn_at is not None:
            raise errors.NotFound("Dit product bestaat niet meer. Kies een ander product.")
        card = catalogue.card(product, language)
        if card["source"]["url"].startswith("/"):
            card["source"]["url"] = self._hub.city.public_url.rstrip("/") + card["source"]["url"]
        return product, catalogue.plain(card, language)

    async def id_of(self, number: int) -> ids.ContactId:
        """The id behind a number, for acts that check by themselves who may do them. Raises NotFound."""

        def work(uow: ports.UnitOfWork) -> ids.ContactId:
            found = uow.contacts.by_number(number)
            if found is None:
                raise errors.NotFound(NOT_THERE)
            return found.id

        return await self._hub.store.read(work)

    async def concerns(self, employee: handler_group.Employee, event: ports.Event) -> bool:
        """Whether this employee's screen has to look again because of `event`."""
        if employee.role in SEES_ALL or event.group_id in employee.groups or event.employee_id == employee.id:
            return True
        contact_id = event.contact_id
        if contact_id is None:
            return False

        def work(uow: ports.UnitOfWork) -> bool:
            of = uow.contacts.get(contact_id)
            if _is_theirs(uow, employee, of):
                return True
            moves = [line for line in uow.contacts.history(of.id) if line.kind == "transferred"]
            return bool(moves) and moves[-1].detail.get("from") in employee.groups

        try:
            return await self._hub.store.read(work)
        except errors.NotFound:
            return False


NOT_THERE = "Deze vraag bestaat niet, of ze is van een groep waar u niet in zit."


def _visible(
    uow: ports.UnitOfWork, employee: handler_group.Employee, found: contacts.Contact | None
) -> contacts.Contact:
    if found is None or not _may_see(uow, employee, found):
        raise errors.NotFound(NOT_THERE)
    return found


def _can_take_up(uow: ports.UnitOfWork, employee: handler_group.Employee, of: contacts.Contact) -> bool:
    if of.owner not in {contacts.Owner.CLOSED, contacts.Owner.CITIZEN}:
        return False
    return employee.may_work_in(of.group_id or hub_module.front_desk(uow).id)


def _may_see(uow: ports.UnitOfWork, employee: handler_group.Employee, of: contacts.Contact) -> bool:
    """Their own, and for the front desk all that is not confidential: a citizen who calls with a number gets there."""
    if _is_theirs(uow, employee, of):
        return True
    return not of.confidential and hub_module.front_desk(uow).id in employee.groups


def _is_theirs(uow: ports.UnitOfWork, employee: handler_group.Employee, of: contacts.Contact) -> bool:
    """Of a group of theirs, or held by them; a lead's are all."""
    if employee.role in SEES_ALL or of.group_id in employee.groups:
        return True
    return of.open_item_id is not None and uow.queue.get(of.open_item_id).claimed_by == employee.id


def _contact_of_receipt(uow: ports.UnitOfWork, stored: ports.StoredReceipt) -> contacts.Contact | None:
    """The contact of the message that this delivery became."""
    if stored.outcome_ref is None or stored.outcome == "duplicate":
        return None
    try:
        return uow.contacts.get(uow.messages.get(ids.MessageId(stored.outcome_ref)).contact_id)
    except errors.NotFound:
        return None


def _by_message(
    uow: ports.UnitOfWork, messages: Sequence[message.Message]
) -> dict[ids.MessageId, tuple[message.Attachment, ...]]:
    found: dict[ids.MessageId, tuple[message.Attachment, ...]] = {}
    for file in uow.messages.attachments([m.id for m in messages]):
        found[file.message_id] = (*found.get(file.message_id, ()), file)
    return found


def _product(uow: ports.UnitOfWork, product_id: ids.ProductId) -> catalogue.Product | None:
    try:
        return uow.products.get(product_id)
    except errors.NotFound:
        return None


def _suggestions(uow: ports.UnitOfWork, messages: Sequence[message.Message]) -> tuple[Suggestion, ...]:
    """What the ranker made of the last message in which it saw something."""
    worth = ([line for line in m.ranking if float(line.get("score", 0)) >= WORTH_SHOWING] for m in reversed(messages))
    ranked = next((lines for lines in worth if lines), [])
    found = [(_product(uow, ids.ProductId(str(line["product"]))), line) for line in ranked[: SUGGESTIONS + 2]]
    return tuple(
        Suggestion(product=product, words=tuple(line.get("words", ())))
        for product, line in found
        if product is not None and product.withdrawn_at is None
    )[:SUGGESTIONS]


def _cited(uow: ports.UnitOfWork, messages: Sequence[message.Message]) -> dict[ids.ProductId, catalogue.Product]:
    wanted = {m.product_id for m in messages if m.product_id is not None}
    found = {product_id: _product(uow, product_id) for product_id in wanted}
    return {product_id: product for product_id, product in found.items() if product is not None}


def _maybe_same(
    uow: ports.UnitOfWork, who: parties.Party, addresses: Sequence[parties.DigitalAddress]
) -> tuple[parties.Party, ...]:
    """Parties that are known for sure by an address that this party only stated."""
    owners = [uow.parties.owner_of(a.kind, a.value) for a in addresses if not a.is_theirs]
    others = {owner.id: owner for owner in owners if owner is not None and owner.id != who.id}
    return tuple(others.values())


def _fit(product: catalogue.Product, words: Sequence[str]) -> int:
    """How well a product fits all of `words`: 0 is not at all, a hit in the title counts most."""
    title = " ".join(product.title.values()).casefold()
    keys = " ".join(word for words_of in product.keywords.values() for word in words_of).casefold()
    score = 0
    for word in words:
        if word in title:
            score += 3
        elif word in keys:
            score += 2
        elif word in product.theme.casefold():
            score += 1
        else:
            return 0
    return score
