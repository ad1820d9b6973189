"""The frames of the chat: what a browser may send, and what the hub makes of it."""

import json
from typing import Annotated, Any, Literal

import pydantic

from intake import errors
from intake.domain import ids, message

TEXT_CHARS = 4000
FRAME_BYTES = 1_048_576
"""A frame may be larger than a message may be, so that a message that is too long gets an answer, not a cut line."""


class _Frame(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="ignore")


ClientId = Annotated[str, pydantic.Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
Language = Annotated[str, pydantic.Field(pattern=r"^[a-z]{2}$")]


class Hello(_Frame):
    """The first frame of every connection."""

    type: Literal["hello"]
    token: str | None = pydantic.Field(default=None, max_length=200)
    after: int = pydantic.Field(default=0, ge=0)
    language: Language = "nl"


class Said(_Frame):
    """A message. Its length is checked apart, to give an error that says what to do."""

    type: Literal["message"]
    client_id: ClientId
    text: str
    language: Language = "nl"


class Chosen(_Frame):
    """A button under a message."""

    type: Literal["choice"]
    client_id: ClientId
    choice: str = pydantic.Field(max_length=200)
    text: str = pydantic.Field(default="", max_length=500)


class WantsPerson(_Frame):
    """The button "Spreek een medewerker"."""

    type: Literal["human"]
    client_id: ClientId
    text: str = pydantic.Field(default="", max_length=500)


class Details(_Frame):
    """Contact details that the citizen gives."""

    type: Literal["details"]
    client_id: ClientId
    name: str = pydantic.Field(default="", max_length=120)
    email: str = pydantic.Field(default="", max_length=254)
    phone: str = pydantic.Field(default="", max_length=40)


class Delivered(_Frame):
    """Everything up to `seq` was shown."""

    type: Literal["delivered"]
    seq: int = pydantic.Field(ge=0)


class Ping(_Frame):
    """Are you there?"""

    type: Literal["ping"]


Utterance = Said | Chosen | WantsPerson | Details
Frame = Annotated[Hello | Utterance | Delivered | Ping, pydantic.Field(discriminator="type")]
FRAME: pydantic.TypeAdapter[Hello | Utterance | Delivered | Ping] = pydantic.TypeAdapter(Frame)


def to_receipt(frame: Utterance, conversation_id: ids.ConversationId, language: str) -> message.RawReceipt:
    """The durable form of a frame; the client's id makes a resend the same delivery."""
    return message.RawReceipt(
        channel="webchat",
        account="webchat",
        wire_id=f"{conversation_id}:{frame.client_id}",
        raw=frame.model_dump_json().encode(),
        envelope={"conversation": conversation_id, "language": language},
        lane=f"chat:{conversation_id}",
    )


def to_message(raw: message.RawReceipt) -> message.InboundMessage:
    """What a frame means. Raises Unreadable."""
    try:
        frame = FRAME.validate_json(raw.raw)
        conversation = ids.ConversationId(str(raw.envelope["conversation"]))
    except (pydantic.ValidationError, KeyError) as error:
        raise errors.Unreadable("Dit chatbericht heeft niet de afgesproken vorm.") from error
    common: dict[str, Any] = {
        "channel": "webchat",
        "sender": message.Address(kind=message.AddressKind.WEBCHAT, value=conversation),
        "thread": message.ThreadHints(conversation=conversation),
        "language": str(raw.envelope.get("language", "nl")),
    }
    match frame:
        case Said():
            return message.InboundMessage(**common, text=frame.text.strip(), message_id=frame.client_id)
        case Chosen():
            return message.InboundMessage(
                **common, text=frame.text, message_id=frame.client_id, act=message.Act.CHOICE, choice=frame.choice
            )
        case WantsPerson():
            text = frame.text or "Ik wil een medewerker spreken."
            return message.InboundMessage(**common, text=text, message_id=frame.client_id, act=message.Act.HUMAN)
        case Details():
            return message.InboundMessage(
                **common,
                text="",
                message_id=frame.client_id,
                act=message.Act.DETAILS,
                details=message.Details(name=frame.name.strip(), email=frame.email.strip(), phone=frame.phone.strip()),
            )
        case _:
            raise errors.Unreadable("Dit chatbericht zegt niets.")


def from_message(said: message.Message, number: int | None) -> str:
    """The frame that shows a message in the browser."""
    is_own = said.direction is message.Direction.IN
    return json.dumps(
        {
            "type": "message",
            "seq": said.seq,
            "id": said.id,
            "client_id": said.wire_message_id if is_own else None,
            "author": said.author,
            "name": said.author_name.split(" ")[0] if said.author is message.Author.EMPLOYEE else said.author_name,
            "at": said.at.isoformat(),
            "text": said.text,
            "card": said.card,
            "choices": [{"id": choice.id, "text": choice.text} for choice in said.choices],
            "form": said.form,
            "number": str(number) if number else None,
        },
        ensure_ascii=False,
    )


_ERRORS = {
    "nl": {
        "too_long": "Uw bericht is te lang: hoogstens {limit} tekens. Maak het korter, of stuur ons een e-mail.",
        "bad_frame": "Wij konden dit bericht niet lezen. Laad de pagina opnieuw en probeer het nog eens.",
        "too_fast": "U stuurt erg veel berichten. Wacht een minuut en probeer het dan opnieuw.",
        "refused": "Uw bericht kon nu niet bewaard worden. Probeer het straks opnieuw, of bel ons.",
        "empty": "Typ eerst uw vraag.",
        "email": "Dit e-mailadres klopt niet. Schrijf het zo: naam@voorbeeld.be.",
    },
    "en": {
        "too_long": "Your message is too long: at most {limit} characters. Make it shorter, or send us an e-mail.",
        "bad_frame": "We could not read this message. Reload the page and try again.",
        "too_fast": "You send a lot of messages. Wait a minute and try again.",
        "refused": "Your message could not be stored now. Try again later, or call us.",
        "empty": "Type your question first.",
        "email": "This e-mail address is not right. Write it like this: name@example.com.",
    },
}


def error(code: str, language: str, client_id: str | None = None) -> str:
    """An error in plain words. A code of the protocol; `empty` and `email` go out as `refused`."""
    text = _ERRORS.get(language, _ERRORS["en"])[code].format(limit=TEXT_CHARS)
    wire_code = "refused" if code in {"empty", "email"} else code
    return json.dumps({"type": "error", "client_id": client_id, "code": wire_code, "text": text})
