"""An `OutboundMessage` becomes a mail: pure, and the same bytes each time it is tried (but for the date)."""

import hashlib
import html
import re
from collections.abc import Mapping
from datetime import datetime
from email import charset as mail_charset
from email import policy, utils
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any, Final
from urllib import parse as urls

from channels.email import automatic
from intake.domain import catalogue, ids, message

_POLICY: Final = policy.compat32.clone(linesep="\r\n")
_TAG: Final = re.compile(r"\[\d{1,4}(?: \d{1,4}){0,2}\]")
_MAX_SUBJECT_CHARS: Final = 200
_MAX_REFERENCES: Final = 20
_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,500}[^\s<>\"'.,;:!?)\]]")
_NO_REPORTS: Final = "DR, RN, NRN, OOF, AutoReply"  # MS-OXCMAIL 2.2.3.2.14; a failure (NDR) we do want to hear
_STYLE: Final = "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#1b1b1b"
_BOX: Final = "border-left:4px solid #767676;padding-left:16px;margin:16px 0"


def compose(outgoing: message.OutboundMessage, *, address: str, from_name: str, public_url: str, at: datetime) -> bytes:
    """The mail with CRLF line ends, as plain text and as simple HTML.

    Args:
        outgoing: what to say, to whom, and the token that brings the answer back.
        address: our own address that it is from.
        from_name: name of the sender, usually the city; an employee's own name is put before it.
        public_url: base of the city's site, put before the relative links of a card.
        at: the date of the mail.
    """
    card = _absolute(outgoing.card, public_url) if outgoing.card else None
    plain, intro = _texts(outgoing, card)
    mail = MIMEMultipart("alternative", boundary=f"=_{hashlib.sha256(outgoing.message_id.encode()).hexdigest()[:40]}")
    for name, value in _fields(outgoing, address, from_name, at):
        mail[name] = value
    mail.attach(MIMEText(plain, "plain", _quoted_printable()))
    page = _page(outgoing, intro, card)
    mail.attach(MIMEText(page, "html", _quoted_printable()))
    return mail.as_bytes(policy=_POLICY)


def subject(outgoing: message.OutboundMessage) -> str:
    """The subject with the contact number in brackets, once; the number of another contact goes."""
    tag = f"[{ids.shown(outgoing.number)}]"
    bare = " ".join(_TAG.sub(" ", _one_line(outgoing.subject)).split())[:_MAX_SUBJECT_CHARS]
    return f"{bare} {tag}".strip()


def reply_address(address: str, token: str) -> str:
    """Our address that brings an answer back to this contact. Source: RFC 5233 (subaddress)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+c.{token}@{domain}"


def _fields(outgoing: message.OutboundMessage, address: str, from_name: str, at: datetime) -> list[tuple[str, Any]]:
    is_other = outgoing.author_name not in {"", from_name}
    name = f"{outgoing.author_name} – {from_name}" if is_other else from_name
    fields: list[tuple[str, Any]] = [
        ("From", _address(name, address)),
        ("To", _address(outgoing.to.name, outgoing.to.value)),
        ("Reply-To", _address(from_name, reply_address(address, outgoing.token))),
        ("Subject", _encoded("Subject", subject(outgoing))),
        ("Date", utils.format_datetime(at)),
        ("Message-ID", _id(outgoing.message_id)),
    ]
    if outgoing.in_reply_to:
        fields.append(("In-Reply-To", _id(outgoing.in_reply_to)))
    thread = [*outgoing.references, *([outgoing.in_reply_to] if outgoing.in_reply_to else [])]
    if thread:
        known = list(dict.fromkeys(_id(mail_id) for mail_id in thread))
        known = known if len(known) <= _MAX_REFERENCES else [known[0], *known[1 - _MAX_REFERENCES :]]
        fields.append(("References", " ".join(known)))
    fields += [("Content-Language", _one_line(outgoing.language)), (automatic.LOOP_HEADER, address)]
    if outgoing.automatic:  # RFC 3834 3.1.7
        fields += [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", _NO_REPORTS)]
    return fields


def _one_line(text: str) -> str:
    """`text` without line ends or other control characters: nobody adds a header field through a value."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _id(mail_id: str) -> str:
    return f"<{''.join(_one_line(mail_id).split()).strip('<>')}>"


def _encoded(name: str, text: str) -> str | Header:
    return text if text.isascii() and "=?" not in text else Header(text, "utf-8", header_name=name)


def _address(name: str, address: str) -> str:
    return utils.formataddr((_one_line(name)[:100], _one_line(address).replace(" ", "")), "utf-8")


def _quoted_printable() -> Any:
    chosen = mail_charset.Charset("utf-8")
    chosen.body_encoding = mail_charset.QP
    return chosen


def _absolute(card: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """The card with a link that works outside the city's site."""
    source = dict(card["source"])
    source["url"] = urls.urljoin(public_url.rstrip("/") + "/", str(source["url"])) if source["url"] else ""
    return {**card, "source": source}


def _texts(outgoing: message.OutboundMessage, card: Mapping[str, Any] | None) -> tuple[str, str]:
    """(the plain text with the card in it, the text without it), whether or not the text holds the card already."""
    if card is None or outgoing.card is None:
        return outgoing.text, outgoing.text
    in_text = catalogue.plain(outgoing.card, outgoing.language)
    with_links = catalogue.plain(card, outgoing.language)
    if in_text in outgoing.text:
        before, _, after = outgoing.text.partition(in_text)
        return f"{before}{with_links}{after}", "\n\n".join(part.strip() for part in (before, after) if part.strip())
    return f"{outgoing.text.rstrip()}\n\n{with_links}".lstrip(), outgoing.text


def _page(outgoing: message.OutboundMessage, intro: str, card: Mapping[str, Any] | None) -> str:
    title = html.escape(subject(outgoing))
    parts = [_paragraphs(intro)] + ([_card(card, outgoing.language)] if card is not None else [])
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(_one_line(outgoing.language))}">\n<head>\n<meta charset="utf-8">\n'
        f'<title>{title}</title>\n</head>\n<body style="{_STYLE}">\n' + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def _paragraphs(text: str) -> str:
    blocks = [block for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()) if block.strip()]
    return "\n".join(f"<p>{_linked(block)}</p>" for block in blocks)


def _linked(text: str) -> str:
    """Escaped text with line breaks kept and web addresses made into links."""
    out, end = "", 0
    for match in _LINK.finditer(text):
        url = html.escape(match[0])
        out += html.escape(text[end : match.start()]) + f'<a href="{url}">{url}</a>'
        end = match.end()
    return (out + html.escape(text[end:])).replace("\n", "<br>\n")


_LISTS: Final = (
    ("steps", "ol", "how"),
    ("conditions", "ul", "condition"),
    ("evidence", "ul", "evidence"),
    ("objections", "ul", "objection"),
)


def _card(card: Mapping[str, Any], language: str) -> str:
    """The answer with headings, lists and a table whose rows have headers, for every reader."""
    words = catalogue.labels(language)
    parts = [f"<h2>{html.escape(str(card['title']))}</h2>", _paragraphs(str(card["text"]))]
    if card["facts"]:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left;padding-right:16px">{html.escape(str(fact["label"]))}</th>'
            f"<td>{html.escape(str(fact['value']))}</td></tr>"
            for fact in card["facts"]
        )
        parts.append(f"<table>{rows}</table>")
    for key, tag, label in _LISTS:
        lines = card.get(key)  # a card that waits since an older version has fewer
        if lines:
            items = "".join(f"<li>{html.escape(str(line))}</li>" for line in lines)
            parts.append(f"<h3>{html.escape(words[label])}</h3>\n<{tag}>{items}</{tag}>")
    if card["note"]:
        parts.append(f"<p>{html.escape(str(card['note']))}</p>")
    parts.append(_source(card["source"], words))
    return f'<div style="{_BOX}">\n' + "\n".join(part for part in parts if part) + "\n</div>"


def _source(source: Mapping[str, Any], words: Mapping[str, str]) -> str:
    title, url = html.escape(str(source["title"])), str(source["url"])
    shown = f'<a href="{html.escape(url)}">{title}</a>' if url.startswith(("http://", "https://")) else title
    changed = html.escape(f"({words['changed']} {source['changed']})")
    return f"<p>{html.escape(words['source'])}: {shown} {changed}</p>"
