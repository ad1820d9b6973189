"""The facts of a delivery report: who was not reached, and whether for good."""

import re
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final

from channels.email import headers

Part = Message
_STATUS: Final = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_MAX_PARTS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One failed delivery. `kind` is hard (status 5), soft (4) or other; `original_ids` name the mail that failed."""

    recipient: str | None
    status: str | None
    kind: str
    original_ids: tuple[str, ...] = ()


def parts(root: Part, *, inside_mails: bool) -> list[Part]:
    """The first 200 parts of a mail, outer ones first, without recursion; mails inside it only when asked."""
    found: list[Part] = []
    waiting = [root]
    while waiting and len(found) < _MAX_PARTS:
        part = waiting.pop(0)
        found.append(part)
        payload: Any = part.get_payload()
        if isinstance(payload, list) and (inside_mails or media_type(part) != "message/rfc822"):
            waiting += payload[:_MAX_PARTS]
    return found


def media_type(part: Part) -> str:
    """The content type as written, without parameters."""
    return headers.Headers(part).raw("content-type").partition(";")[0].strip().lower()


def has_status(root: Part) -> bool:
    """Whether a part is a delivery status; one inside a forwarded mail does not count. Source: RFC 3464 2."""
    return any(media_type(part) == "message/delivery-status" for part in parts(root, inside_mails=False))


def read(root: Part) -> Bounce:
    """What the report says; fields that it leaves out are None."""
    recipient: str | None = None
    status: str | None = None
    ids: list[str] = []
    for part in parts(root, inside_mails=True)[1:]:
        fields = headers.Headers(part)
        named = fields.raw("final-recipient") or fields.raw("original-recipient")
        if named and recipient is None:
            found = headers.addresses([named.rpartition(";")[2]], 1)
            recipient = found[0][1].lower() if found else None
        code = _STATUS.search(fields.raw("status") or fields.raw("diagnostic-code"))
        if code and (status is None or code[1] == "5"):
            status = code[0]
        if fields.has("message-id"):
            ids += headers.message_ids(fields.raw("message-id"))
        if media_type(part) == "text/rfc822-headers":
            ids += _ids_in_text(part)
    failed = headers.addresses([headers.Headers(root).raw("x-failed-recipients")], 1)
    kind = {"5": "hard", "4": "soft"}.get((status or "")[:1], "other")
    return Bounce(
        recipient=recipient or (failed[0][1].lower() if failed else None),
        status=status,
        kind=kind,
        original_ids=tuple(dict.fromkeys(ids)),
    )


def _ids_in_text(part: Part) -> list[str]:
    payload: Any = part.get_payload()
    match = re.search(r"^message-id:\s*(<[^<>\s]{1,500}>)", str(payload)[:65_536], re.IGNORECASE | re.MULTILINE)
    return headers.message_ids(match[1]) if match else []
