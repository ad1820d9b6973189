"""The ledger: what became of one message that was handed in, and the sums that show that nothing is lost."""

import dataclasses
from datetime import datetime
from typing import Final

import pydantic
from aiohttp import web
from pydantic import Field

from intake import errors, ports
from intake.domain import ids
from intake.web.api import models, operation

TAG: Final = "receipts"
CHANNEL: Final = "api"
"""The channel of what other systems hand in; `channels.api_intake` reads it."""
_PLACED: Final = frozenset({"message", "quarantined"})
"""The outcomes that lead to a contact through the message that they name."""


class Receipt(models.Shape):
    """One delivery and what became of it."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id="01930b5c7a1e7005f102132435465768",
            receivedAt="2026-11-23T09:42:10Z",
            outcome="message",
            contactId="01930b5c7a1e7000a1b2c3d4e5f60718",
            contactNumber=26048127,
        )
    )

    id: str
    received_at: datetime
    outcome: str | None = Field(description="`message`, `quarantined` (a person reads it) or null: not read yet.")
    contact_id: str | None
    contact_number: int | None = Field(description="The public number to give to the citizen.")


class ReceiptSummary(models.Shape):
    """The ledger: `total` is `open` and all `outcomes` together."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            total=1204, open=1, outcomes={"message": 1190, "duplicate": 9, "loop": 2, "bounce": 1, "quarantined": 1}
        )
    )

    total: int
    open: int = Field(description="Kept and not read yet.")
    outcomes: dict[str, int] = Field(description="How many receipts have which outcome; each has exactly one.")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A receipt as the API shows it, and the bytes that it holds."""

    receipt: Receipt
    raw: bytes


def read(uow: ports.UnitOfWork, receipt_id: ids.ReceiptId, caller: ports.ApiToken) -> Found:
    """A receipt that tokens of this name handed in.

    Raises:
        NotFound: there is none, or it is another's.
    """
    stored = uow.receipts.get(receipt_id)
    if (stored.receipt.channel, stored.receipt.account) != (CHANNEL, caller.name):
        raise errors.NotFound("This receipt is not one of this token.")
    of = None
    if stored.outcome in _PLACED and stored.outcome_ref is not None:
        of = uow.contacts.get(uow.messages.get(ids.MessageId(stored.outcome_ref)).contact_id)
    shown = Receipt(
        id=stored.id,
        received_at=stored.received_at,
        outcome=stored.outcome,
        contact_id=of.id if of else None,
        contact_number=of.number if of else None,
    )
    return Found(receipt=shown, raw=stored.receipt.raw)


async def get_receipt(call: operation.Call) -> web.Response:
    """What became of a message that this system handed in."""
    receipt_id = ids.ReceiptId(call.id("receiptId"))
    found = await call.services.hub.store.read(lambda uow: read(uow, receipt_id, call.caller))
    return operation.reply(found.receipt)


async def get_summary(call: operation.Call) -> web.Response:
    """The sums of the ledger."""
    ledger = dict(await call.services.hub.store.read(lambda uow: uow.views.ledger()))
    waiting = ledger.pop("open", 0)
    return operation.reply(ReceiptSummary(total=waiting + sum(ledger.values()), open=waiting, outcomes=ledger))


OPERATIONS: Final = (
    operation.Operation(
        id="getReceiptSummary",
        method="GET",
        path="/receipts/summary",
        handler=get_summary,
        scope="contacts:read",
        tag=TAG,
        summary="Count the receipts of all channels by their outcome",
        result=ReceiptSummary,
    ),
    operation.Operation(
        id="getReceipt",
        method="GET",
        path="/receipts/{receiptId}",
        handler=get_receipt,
        scope="contacts:write",
        tag=TAG,
        summary="Read what became of a message that this system handed in",
        description="Only receipts of tokens with the same name are shown.",
        result=Receipt,
        refusals=(404,),
    ),
)
