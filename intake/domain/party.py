"""Who the city talks with, and how sure it is of that."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from intake.domain import ids, message


class PartyKind(StrEnum):
    """A citizen, a company or an association. Source: Klantinteracties, soortPartij."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Verification(StrEnum):
    """How an address was proved to be this party's."""

    NONE = "none"
    REPLY = "reply"
    CODE = "code"
    DMARC = "dmarc"
    LOGIN = "login"


class Source(StrEnum):
    """Where an address comes from. A stated address is a claim; only the sender of a mail uses its mailbox."""

    SENDER = "sender"
    STATED = "stated"
    EMPLOYEE = "employee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A citizen or organisation. `merged_into` is a reversible link to the record that goes on."""

    id: ids.PartyId
    kind: PartyKind = PartyKind.PERSON
    name: str = ""
    language: str = "nl"
    merged_into: ids.PartyId | None = None
    merge_evidence: str = ""
    created_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalAddress:
    """One way to reach a party, with the proof that it is theirs."""

    id: ids.AddressId
    party_id: ids.PartyId
    kind: message.AddressKind
    value: str
    source: Source
    verification: Verification = Verification.NONE
    verified_at: datetime | None = None
    created_at: datetime

    @property
    def is_theirs(self) -> bool:
        """Whether a mail from this address may be counted to this party."""
        return self.source is Source.SENDER or self.verification is not Verification.NONE


_PHONE = re.compile(r"\+?[\d\s()./-]{6,24}")


def phone_number(text: str, country: str = "32") -> str | None:
    """A phone number in E.164, or None when `text` is none. Numbers without country code are of `country`.

    Source: ITU-T E.164; Klantinteracties refuses national notation.
    """
    if not _PHONE.fullmatch(text.strip()):
        return None
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if text.strip().startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = country + digits[1:]
    else:
        return None
    return f"+{number}" if 9 <= len(number) <= 15 else None  # noqa: PLR2004 - E.164 length


_MAIL = re.compile(r"[^\s@<>\"',;:]{1,64}@[^\s@<>\"',;:]+\.[^\s@<>\"',;:]{2,}")


def mail_address(text: str) -> str | None:
    """An e-mail address in lower case, or None when `text` is none."""
    cleaned = text.strip().lower()
    return cleaned if len(cleaned) <= 254 and _MAIL.fullmatch(cleaned) else None  # noqa: PLR2004 - RFC 5321 4.5.3
