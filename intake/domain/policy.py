"""What a city decides about the way its desk works."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """The sender of everything."""

    name: str
    domain: str
    mail_address: str
    phone: str
    time_zone: str = "Europe/Brussels"
    public_url: str = ""
    theme_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Terms and limits; each is a setting with the same name (docs/reference/settings.md)."""

    lease: timedelta = timedelta(minutes=30)
    """How long a claimed item stays with an employee who does nothing in it."""
    silence: timedelta = timedelta(days=14)
    """After this silence of the citizen an answered question closes as "no reply"; other kinds never do."""
    reopen: timedelta = timedelta(days=30)
    """How long after closing a new message reopens the same contact."""
    chat_gone: timedelta = timedelta(seconds=60)
    """An answer in the chat that nobody saw in this time goes by mail, when there is an address."""
    stranded: timedelta = timedelta(seconds=12)
    """A question that the bot kept for so long goes to a person."""
    auto_replies_per_day: int = 8
    """At most so many automatic mails to one address in 24 hours. Source: RFC 3834, section 2."""
    bot_text_chars: int = 1000
    """What the bot reads of a text; longer texts block its event loop."""
