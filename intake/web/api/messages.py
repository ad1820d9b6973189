"""A new message that another system hands in: kept for good as a receipt before the answer, read after it."""

import json
import re
from typing import Any, Final

import pydantic
from aiohttp import web
from pydantic import Field

from intake.domain import message, party
from intake.flow import receive
from intake.web.api import models, operation, problems, reading, receipts

TEXT_CHARS: Final = 50_000
KEY_HEADER: Final = "Idempotency-Key"
"""Source: draft-ietf-httpapi-idempotency-key-header; the quotes of that draft may be left out."""
_KEY: Final = re.compile(r'"?([!#-~]{1,200})"?')


class Sender(models.Input):
    """The citizen: exactly one of `email` and `phone`."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(email="j.peeters@voorbeeld.example", name="Jan Peeters")
    )

    email: str | None = Field(default=None, max_length=254, description="Mail address.")
    phone: str | None = Field(
        default=None,
        max_length=24,
        description="Phone number, best as +3212345678; without country code it is Belgian.",
    )
    name: str | None = Field(default=None, max_length=200, description="Name as the citizen gives it.")

    @pydantic.field_validator("email")
    @classmethod
    def _is_mail(cls, value: str | None) -> str | None:
        if value is not None and (not value.isprintable() or party.mail_address(value) is None):
            raise ValueError("this is no mail address; write it like naam@voorbeeld.be")
        return value

    @pydantic.field_validator("phone")
    @classmethod
    def _is_phone(cls, value: str | None) -> str | None:
        if value is not None and party.phone_number(value) is None:
            raise ValueError("this is no phone number; write it like +3212345678")
        return value

    @pydantic.model_validator(mode="after")
    def _one_address(self) -> "Sender":
        if (self.email is None) == (self.phone is None):
            raise ValueError("give exactly one of email and phone")
        return self


class NewMessage(models.Input):
    """What a citizen says, wherever the other system got it."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            **{"from": {"email": "j.peeters@voorbeeld.example", "name": "Jan Peeters"}},
            subject="Paspoort met spoed",
            text="Goedemiddag, kan ik mijn paspoort met spoed krijgen? Ik vertrek vrijdag.",
            language="nl",
            externalId="formulier-2026-004711",
        )
    )

    sender: Sender = Field(alias="from")
    subject: str = Field(default="", max_length=500)
    text: str = Field(min_length=1, max_length=TEXT_CHARS, description="Plain text.")
    language: str | None = Field(
        default=None, pattern=r"^[a-z]{2}$", description="Two letters (ISO 639-1); without it the hub finds out."
    )
    external_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]*$",
        description="The sending system's own id of this message, without spaces. The same id again is the same "
        f"message. Needed unless the header {KEY_HEADER} is sent.",
    )

    @pydantic.field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        return models.says_something(value)


async def post_message(call: operation.Call) -> web.Response:
    """Keep a message; the answer comes after the commit."""
    new = await reading.body(call.request, NewMessage)
    hub = call.services.hub
    if receipts.CHANNEL not in hub.channels:
        raise problems.Refusal(
            503, "channel_off", "This hub takes no messages by its API now. Nothing was kept. Ask its administrator."
        )
    raw = canonical(new)
    receipt = message.RawReceipt(
        channel=receipts.CHANNEL, account=call.caller.name, wire_id=_wire_id(call, new), raw=raw
    )
    kept = await receive.Receiver(hub)(receipt)
    found = await hub.store.read(lambda uow: receipts.read(uow, kept, call.caller))
    if found.raw != raw:
        raise problems.Refusal(
            409,
            "other_message",
            "This externalId or Idempotency-Key was used for another message. Nothing was kept. Give each its own.",
        )
    headers = {"Location": call.url(f"/receipts/{kept}")}
    return operation.reply(found.receipt, status=202, headers=headers)


def canonical(new: NewMessage) -> bytes:
    """The bytes that are kept as the receipt: the same message gives the same bytes, however it was written."""
    said: dict[str, Any] = new.model_dump(by_alias=True, exclude_none=True)
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _wire_id(call: operation.Call, new: NewMessage) -> str:
    """What names this delivery among those of the same token name.

    Raises:
        Refusal: the caller named it in no way, so that a repeat would double it.
    """
    if new.external_id is not None:
        return f"id:{new.external_id}"
    header = call.request.headers.get(KEY_HEADER)
    match = _KEY.fullmatch(header) if header is not None else None
    if match is not None:
        return f"key:{match.group(1)}"
    if header is None:
        reason = f"Give your own id of this message, or the header {KEY_HEADER}: a repeat is then not a second message."
        raise problems.invalid(problems.InvalidParam(name="externalId", code="required", reason=reason))
    reason = "Use 1 to 200 visible ASCII characters."
    raise problems.invalid(problems.InvalidParam(name=KEY_HEADER, code="pattern", reason=reason))


OPERATIONS: Final = (
    operation.Operation(
        id="postMessage",
        method="POST",
        path="/messages",
        handler=post_message,
        scope="contacts:write",
        tag="messages",
        summary="Hand in a new message of a citizen",
        description="The message is durably kept when 202 comes back; anything else means that it was not, so send it "
        "again with the same externalId. It then becomes (part of) a contact: the receipt says which.",
        headers={KEY_HEADER: "Names this message when the body has no externalId; the same key is the same message."},
        body=NewMessage,
        result=receipts.Receipt,
        status=202,
        refusals=(400, 408, 409, 413, 415),
    ),
)
