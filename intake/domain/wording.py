"""What the hub itself says to citizens: plain Dutch (B1, u-form) and English."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from intake.domain import contact, handler_group, ids

_DAYS: Final = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "bot_name": "Digitale assistent",
        "bot_first": "Ik ben een computer, geen mens.",
        "answer": "Dit is wat ik voor u vond.",
        "solved": "Zeg onderaan of dit uw vraag beantwoordt.",
        "yes": "Ja, dank u",
        "no": "Nee, ik wil een medewerker",
        "suggest": "Bedoelt u een van deze?",
        "none": "Iets anders",
        "help": "Waarmee kan ik u helpen? Stel uw vraag in een paar woorden.",
        "closed": "Fijn dat het gelukt is. Hebt u nog een vraag? Stel die gerust.",
        "taken_question": "Een medewerker ({group}) neemt uw vraag over.",
        "taken_report": "Dank u voor uw melding. De groep {group} kijkt ernaar.",
        "taken_complaint": "Het spijt ons dat u een klacht hebt. Een medewerker ({group}) behandelt die.",
        "taken_suggestion": "Dank u voor uw idee. De groep {group} leest het.",
        "taken_formal": "Wij hebben uw formele bericht ontvangen op {received}. De groep {group} behandelt het.",
        "number": "Uw nummer is {number}.",
        "promise": "U hoort van ons vóór {due}.",
        "shut": "We zijn nu gesloten. We zijn er weer op {opens}.",
        "details": "Wilt u het antwoord ook per e-mail? Laat dan uw e-mailadres achter.",
        "maybe": "Misschien helpt dit u al:",
        "auto_head": "Dit is een automatisch antwoord van een computer.",
        "auto_foot": "Helpt dit antwoord u niet? Antwoord dan op deze mail. Dan kijkt een medewerker naar uw vraag.",
        "received_mail": "Wij hebben uw bericht ontvangen.",
        "details_thanks": "Dank u. We gebruiken dit alleen voor ons antwoord.",
        "details_mail": "U stelde een vraag in onze chat. Antwoord op deze mail als u iets wilt toevoegen.",
        "chat_copy": "U was niet meer in de chat. Daarom sturen we ons antwoord per mail.",
        "no_subject": "Uw vraag",
    },
    "en": {
        "bot_name": "Digital assistant",
        "bot_first": "I am a computer, not a person.",
        "answer": "This is what I found for you.",
        "solved": "Tell us below whether this answers your question.",
        "yes": "Yes, thank you",
        "no": "No, I want an employee",
        "suggest": "Do you mean one of these?",
        "none": "Something else",
        "help": "How can I help you? Ask your question in a few words.",
        "closed": "Good to hear. Do you have another question? Just ask.",
        "taken_question": "An employee ({group}) takes over your question.",
        "taken_report": "Thank you for your report. The group {group} will look at it.",
        "taken_complaint": "We are sorry that you have a complaint. An employee ({group}) deals with it.",
        "taken_suggestion": "Thank you for your idea. The group {group} reads it.",
        "taken_formal": "We received your formal message on {received}. An employee ({group}) deals with it.",
        "number": "Your number is {number}.",
        "promise": "You will hear from us before {due}.",
        "shut": "We are closed now. We are back on {opens}.",
        "details": "Would you like the answer by e-mail too? Leave your e-mail address.",
        "maybe": "Perhaps this already helps you:",
        "auto_head": "This is an automatic reply by a computer.",
        "auto_foot": "Does this answer not help you? Then reply to this mail, and an employee looks at your question.",
        "received_mail": "We received your message.",
        "details_thanks": "Thank you. We only use this for our answer.",
        "details_mail": "You asked a question in our chat. Reply to this mail if you want to add something.",
        "chat_copy": "You were no longer in the chat. That is why we send our answer by mail.",
        "no_subject": "Your question",
    },
}


def known(language: str) -> str:
    """The language that we answer in: Dutch and English for themselves, English for every other."""
    return language if language in _TEXTS else "en"


def text(name: str, language: str, **values: object) -> str:
    """One of our texts."""
    return _TEXTS[known(language)][name].format(**values)


def when(moment: datetime, calendar: handler_group.Calendar, language: str) -> str:
    """A moment as people say it, in the city's time: "dinsdag 24 november om 12:00"."""
    local = moment.astimezone(calendar.zone)
    tongue = known(language)
    day, month = _DAYS[tongue][local.weekday()], _MONTHS[tongue][local.month - 1]
    at = "om" if tongue == "nl" else "at"
    return f"{day} {local.day} {month} {at} {local:%H:%M}"


def day(date_text: str, language: str) -> str:
    """An ISO date as people say it: "3 november 2026"."""
    at = date.fromisoformat(date_text)
    return f"{at.day} {_MONTHS[known(language)][at.month - 1]} {at.year}"


def promise(due: datetime, calendar: handler_group.Calendar, language: str) -> str:
    """When the citizen hears from us."""
    return text("promise", language, due=when(due, calendar, language))


def handed_over(
    *,
    kind: contact.Kind,
    group: handler_group.HandlerGroup,
    number: int,
    due: datetime,
    now: datetime,
    language: str,
) -> str:
    """What the citizen hears when a person takes over: who, the number, when, and when we open again."""
    parts = [
        " ".join(
            (
                text(f"taken_{kind.value}", language, group=group.name, received=when(now, group.calendar, language)),
                text("number", language, number=ids.shown(number)),
            )
        )
    ]
    opens = group.calendar.opens_next(now)
    if not group.calendar.is_open(now) and opens is not None:
        parts.append(text("shut", language, opens=when(opens, group.calendar, language)))
    parts.append(promise(due, group.calendar, language))
    return "\n".join(parts)
