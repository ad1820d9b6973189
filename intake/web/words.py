"""The workspace's Dutch: moments, deadlines, channels, reasons and what happened, as employees read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from intake.domain import answering, contact, handler_group, message, party, silence

_DAYS: Final = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS: Final = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
SOON = timedelta(minutes=30)
A_WHILE = timedelta(hours=3)
A_DAY = timedelta(days=1)
A_WEEK_DAYS = 7

CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("mail", "E-mail"),
    "webchat": ("chat", "Chat"),
    "phone": ("phone", "Telefoon"),
    "webform": ("form", "Formulier"),
    "whatsapp": ("app", "WhatsApp"),
    "telegram": ("send", "Telegram"),
    "api": ("form", "Formulier"),
    "note": ("note", "Notitie"),
}
"""Icon and name of each channel; one that is not here shows its own name."""

KINDS: Final = {
    contact.Kind.QUESTION: ("chat", "Vraag"),
    contact.Kind.REPORT: ("flag", "Melding"),
    contact.Kind.COMPLAINT: ("warning", "Klacht"),
    contact.Kind.SUGGESTION: ("bulb", "Idee"),
    contact.Kind.FORMAL: ("doc", "Formeel bericht"),
}
LANGUAGES: Final = {"nl": "Nederlands", "en": "Engels", "fr": "Frans", "de": "Duits"}
PARTIES: Final = {party.PartyKind.PERSON: "Burger", party.PartyKind.ORGANISATION: "Organisatie"}
VERIFIED: Final = {
    party.Verification.REPLY: "Bewezen door antwoord",
    party.Verification.CODE: "Gecontroleerd met code",
    party.Verification.DMARC: "Bewezen door de mailserver",
    party.Verification.LOGIN: "Bewezen door inloggen",
}
REASONS: Final = {
    answering.Reason.ASKED_FOR_PERSON: ("de burger vroeg om een medewerker", "de burger om een medewerker vroeg"),
    answering.Reason.NONE_FITS: ("geen van de voorstellen paste", "geen van de voorstellen paste"),
    answering.Reason.NOT_ANSWERED: (
        "het antwoord van de assistent hielp niet",
        "het antwoord van de assistent niet hielp",
    ),
    answering.Reason.NOT_SURE: ("de assistent was niet zeker", "de assistent niet zeker was"),
    answering.Reason.NOT_IN_CATALOGUE: (
        "de catalogus heeft hier geen antwoord op",
        "de catalogus hier geen antwoord op heeft",
    ),
    answering.Reason.KIND: ("dit is werk voor een medewerker", "dit werk voor een medewerker is"),
    answering.Reason.BOT_UNAVAILABLE: ("de assistent was niet bereikbaar", "de assistent niet bereikbaar was"),
    answering.Reason.NO_TEXT: ("er stond geen leesbare tekst in", "er geen leesbare tekst in stond"),
    answering.Reason.NO_ADDRESS: (
        "de assistent kan hier niet op antwoorden",
        "de assistent hier niet op kan antwoorden",
    ),
    answering.Reason.AFTER_PERSON: ("de burger schreef opnieuw", "de burger opnieuw schreef"),
    answering.Reason.AUTOMATIC: ("het bericht lijkt automatisch verstuurd", "het bericht automatisch verstuurd lijkt"),
    answering.Reason.NOT_ARRIVED: ("ons antwoord kwam niet aan", "ons antwoord niet aankwam"),
    answering.Reason.UNKNOWN_REPORT: (
        "een bezorgmelding past bij geen bericht van ons",
        "een bezorgmelding bij geen bericht van ons past",
    ),
    answering.Reason.TAKEN_UP: ("een collega nam ze weer op", "een collega ze weer opnam"),
    answering.Reason.STRANDED: ("de assistent gaf geen antwoord", "de assistent geen antwoord gaf"),
}
"""Why a contact is on a queue: as a sentence of its own, and in the order that Dutch wants after "omdat"."""
_KNOWN_REASONS: Final = frozenset(str(known) for known in answering.Reason)
THREADING: Final = {
    "token": "via ons antwoordadres",
    "reference": "antwoord op onze mail",
    "number": "via nummer in het onderwerp",
}
"""Why a message is in this contact; a first message and a chat explain themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A state: icon, word and colour, never colour alone."""

    icon: str
    text: str
    tone: str = ""


def zone(name: str) -> ZoneInfo:
    """The city's time zone."""
    return ZoneInfo(name)


class Times:
    """Says moments in the city's time, seen from now."""

    def __init__(self, now: datetime, time_zone: str) -> None:
        """`now` decides what is today."""
        self._zone = ZoneInfo(time_zone)
        self._now = now
        self._local = now.astimezone(self._zone)

    def iso(self, at: datetime) -> str:
        """For `<time datetime>`."""
        return at.astimezone(self._zone).isoformat(timespec="seconds")

    def clock(self, at: datetime) -> str:
        """The time of day: 09:41."""
        return f"{at.astimezone(self._zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """A day as a heading: vandaag, gisteren, maandag 9 november, 9 november 2025."""
        local = at.astimezone(self._zone)
        days = (self._local.date() - local.date()).days
        if days in {0, 1}:
            return ("vandaag", "gisteren")[days]
        named = f"{local.day} {_MONTHS[local.month - 1]}"
        if local.year != self._local.year:
            return f"{named} {local.year}"
        return f"{_DAYS[local.weekday()]} {named}"

    def short(self, at: datetime) -> str:
        """A moment in a list: 09:41, gisteren, wo, 9 nov, nov 2025."""
        local = at.astimezone(self._zone)
        days = (self._local.date() - local.date()).days
        month = _MONTHS[local.month - 1][:3]
        if days <= 0:
            return self.clock(at)
        if days == 1:
            return "gisteren"
        if days < A_WEEK_DAYS:
            return _DAYS[local.weekday()][:2]
        return f"{local.day} {month}" if local.year == self._local.year else f"{month} {local.year}"

    def stamp(self, at: datetime) -> str:
        """A moment in a sentence: 09:41 today, di 10:26 this week, 9 nov 08:12 before."""
        local = at.astimezone(self._zone)
        if local.date() == self._local.date():
            return self.clock(at)
        if timedelta(0) < self._now - at < timedelta(days=A_WEEK_DAYS - 1):
            return f"{_DAYS[local.weekday()][:2]} {self.clock(at)}"
        return f"{local.day} {_MONTHS[local.month - 1][:3]} {self.clock(at)}"

    def due(self, at: datetime) -> Chip:
        """A deadline: nog 48 min, 1 u 10 te laat, vandaag 16:00, ma 12:00."""
        left = at - self._now
        if left < timedelta(0):
            return Chip(icon="warning", text=f"{_span(-left)} te laat", tone="danger")
        if left <= SOON:
            return Chip(icon="clock", text=f"nog {_span(left)}", tone="warning")
        if left <= A_WHILE:
            return Chip(icon="clock", text=f"nog {_span(left)}")
        local = at.astimezone(self._zone)
        days = (local.date() - self._local.date()).days
        if days in {0, 1}:
            return Chip(icon="clock", text=f"{('vandaag', 'morgen')[days]} {self.clock(at)}")
        if days < A_WEEK_DAYS:
            return Chip(icon="clock", text=f"{_DAYS[local.weekday()][:2]} {self.clock(at)}")
        return Chip(icon="clock", text=f"{local.day} {_MONTHS[local.month - 1][:3]} {self.clock(at)}")

    def promise(self, at: datetime) -> str:
        """What the citizen was told: vóór dinsdag 24 november 12:00."""
        local = at.astimezone(self._zone)
        return f"Antwoord vóór {_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {self.clock(at)}"


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if length >= A_DAY * 2:
        return f"{length.days} dagen"
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{max(minutes, 1)} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} u {rest:02d}" if rest else f"{hours} u"


def state(owner: contact.Owner, due_at: datetime | None, times: Times) -> Chip:
    """The one thing to know about a contact: its deadline, or why it has none."""
    if due_at is not None and owner in {contact.Owner.QUEUE, contact.Owner.EMPLOYEE}:
        return times.due(due_at)
    if owner is contact.Owner.CITIZEN:
        return Chip(icon="clock", text="wacht op burger", tone="info")
    if owner is contact.Owner.CLOSED:
        return Chip(icon="check", text="afgerond", tone="success")
    return Chip(icon="bot", text="bij de assistent", tone="bot")


def channel(name: str) -> tuple[str, str]:
    """Icon and name of a channel."""
    return CHANNELS.get(name, ("globe", name))


def reason(name: str) -> str:
    """Why a contact is on a queue, as a sentence of its own."""
    return REASONS[answering.Reason(name)][0] if name in _KNOWN_REASONS else ""


def because(name: str) -> str:
    """Why a contact is on a queue, to stand after "omdat"."""
    return REASONS[answering.Reason(name)][1] if name in _KNOWN_REASONS else ""


def times_moved(hops: int) -> str:
    """How often it was sent on."""
    words = ("", "Eén keer doorgestuurd.", "Twee keer doorgestuurd.", "Drie keer doorgestuurd.")
    return words[hops] if hops < len(words) else f"{hops} keer doorgestuurd."


def delivery(sent: message.Message) -> Chip | None:
    """How far an outgoing message came; a failed one has its own alert."""
    match sent.delivery:
        case message.Delivery.WAITING:
            return Chip(icon="clock", text="wordt verstuurd")
        case message.Delivery.SENT:
            return Chip(icon="check", text="verstuurd")
        case message.Delivery.DELIVERED:
            return Chip(icon="checks", text="gezien" if sent.channel == "webchat" else "aangekomen")
        case message.Delivery.UNCERTAIN:
            return Chip(icon="warning", text="misschien verstuurd", tone="warning")
        case message.Delivery.NONE | message.Delivery.FAILED:
            return None


def initials(name: str) -> str:
    """Letters for a picture of somebody: first and last name."""
    parts = [part for part in name.split() if part[:1].isalpha()]
    return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper() if parts else ""


def party_name(name: str, addresses: tuple[party.DigitalAddress, ...] = ()) -> str:
    """What to call somebody: the name, else an address that people can read, else that we do not know."""
    readable = [a.value for a in addresses if a.kind is not message.AddressKind.WEBCHAT]
    return name or next(iter(readable), "") or "Onbekende burger"


def role(of: handler_group.Role) -> str:
    """An employee's role."""
    return {
        handler_group.Role.EMPLOYEE: "medewerker",
        handler_group.Role.EDITOR: "redacteur",
        handler_group.Role.LEAD: "teamleider",
        handler_group.Role.ADMIN: "beheerder",
    }[of]


def size(size_bytes: int) -> str:
    """A size in bytes as people say it: 1,8 MB."""
    if size_bytes < 1000:  # noqa: PLR2004 - SI
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:  # noqa: PLR2004 - SI
        return f"{size_bytes / 1000:.0f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB".replace(".", ",")


def paragraphs(text: str) -> list[str]:
    """A text cut at its blank lines; single line ends stay inside."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return [block.strip("\n") for block in blocks if block.strip()]


def length(span: timedelta) -> str:
    """A span in whole words: 50 minuten, 3 uur, 2 dagen en 4 uur."""
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < _MINUTES_IN_WORDS:
        return f"{minutes} minuten" if minutes > 1 else "1 minuut"
    hours = round(minutes / 60)
    days, rest = divmod(hours, 24)
    if not days:
        return f"{hours} uur"
    named = f"{days} dagen" if days > 1 else "1 dag"
    return f"{named} en {rest} uur" if rest else named


_MINUTES_IN_WORDS: Final = 120


def silent(name: str, found: silence.Silence, times: Times) -> str:
    """What a lead reads about a channel that is silent for too long: since when, what is normal, what to do."""
    when = "tijdens de openingsuren" if found.moments is silence.Moments.OPEN else "buiten de openingsuren"
    return (
        f"{channel(name)[1]} is stil sinds {times.day(found.since)} {times.clock(found.since)}: {length(found.lasted)} "
        f"{when}. De laatste weken was dat hoogstens {length(found.normal)}. Stuur zelf een bericht langs dit kanaal. "
        "Komt het niet aan? Bel de beheerder."
    )
