"""Whether a machine wrote a mail: such a mail is kept, and never answered by a machine of ours."""

import re
from typing import Final

from channels.email import headers
from intake.domain import message

LOOP_HEADER: Final = "X-Onthaal-Loop"
_AWAY: Final = re.compile(
    r"^\s*(?:automatisch(?:e)? (?:antwoord|reactie|bericht)\b|automatic reply|auto[- ]?reply|autoantwoord"
    r"|automatic response|auto(?:matic)? response|out of (?:the )?office|afwezig\s*(?::|$)"
    r"|afwezigheids(?:bericht|melding|assistent)|niet (?:aanwezig|op kantoor)\s*(?::|$)"
    r"|réponse automatique|absence du bureau|message d['’]absence"
    r"|automatische antwort|abwesenheits(?:notiz|nachricht|meldung)|abwesend\s*(?::|$))",
    re.IGNORECASE,
)
_UNDELIVERED: Final = re.compile(
    r"undeliver|delivery (?:status|failure|has failed)|mail delivery (?:failed|subsystem)|returned mail|failure notice"
    r"|niet (?:bezorgd|afgeleverd|worden bezorgd)|onbestelbaar|kan niet worden (?:bezorgd|afgeleverd)"
    r"|non remis|échec de (?:la )?remise|unzustellbar|nicht zugestellt",
    re.IGNORECASE,
)
_POSTMAN: Final = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)
_NO_ANSWERS: Final = re.compile(r"\b(?:all|autoreply|oof)\b", re.IGNORECASE)  # MS-OXCMAIL 2.2.3.2.14
_REPORTS: Final = {
    "delivery-status": message.Automatic.BOUNCE,  # RFC 3464
    "disposition-notification": message.Automatic.REPLY,  # RFC 8098: a read receipt
    "feedback-report": message.Automatic.BULK,  # RFC 5965
}


def judge(
    fields: headers.Headers, *, media_type: str, report_type: str, null_sender: bool, account: str, has_status: bool
) -> message.Automatic:
    """The kind of machine, or NO.

    Args:
        fields: the header of the mail.
        media_type: its content type.
        report_type: the parameter `report-type` of a multipart/report.
        null_sender: whether the envelope had no sender (RFC 5321 4.5.5).
        account: our address that the mail came to; a loop header counts only when it names our own domain.
        has_status: whether a part is a message/delivery-status.
    """
    if _is_ours(fields, account):
        return message.Automatic.OWN
    report = _REPORTS.get(report_type.lower()) if media_type == "multipart/report" else None
    if report is not None:
        return report
    subject = fields.text("subject")
    sender = next((address for _, address in headers.addresses([fields.raw("from")], 1)), "")
    postman = _POSTMAN.match(sender) is not None
    if has_status or fields.has("x-failed-recipients") or ((null_sender or postman) and _UNDELIVERED.search(subject)):
        return message.Automatic.BOUNCE
    return _by_header(fields, subject, silent_sender=null_sender or postman)


def _is_ours(fields: headers.Headers, account: str) -> bool:
    """Whether this installation sent it; another city that runs Onthaal may write to us."""
    domain = account.rpartition("@")[2]
    values = [value.strip().lower() for value in fields.every(LOOP_HEADER.lower())]
    return any(not domain or value.rpartition("@")[2] == domain for value in values)


def _by_header(fields: headers.Headers, subject: str, *, silent_sender: bool) -> message.Automatic:
    """Source: RFC 3834 5 (Auto-Submitted), RFC 2919 (List-Id), RFC 2369, and the older custom of Precedence."""
    submitted = re.split(r"[\s;(]", fields.raw("auto-submitted").strip().lower())[0]
    precedence = fields.raw("precedence").strip().lower()
    if (
        submitted == "auto-replied"
        or precedence in {"auto_reply", "auto-reply"}
        or fields.has("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply")
        or _AWAY.match(subject)
    ):
        return message.Automatic.REPLY
    if submitted not in {"", "no"}:
        answers = fields.has("in-reply-to", "references")
        return message.Automatic.REPLY if answers else message.Automatic.BULK
    if (
        precedence in {"bulk", "list", "junk"}
        or fields.has("list-id", "list-unsubscribe", "list-post", "feedback-id")
        or _NO_ANSWERS.search(fields.raw("x-auto-response-suppress"))
    ):
        return message.Automatic.BULK
    return message.Automatic.REPLY if silent_sender else message.Automatic.NO
