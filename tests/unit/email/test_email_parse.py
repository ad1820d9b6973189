"""Mails become messages: nothing dropped, nothing believed that the mail cannot prove."""

from datetime import datetime

import email_support
import pytest

from channels.email import charsets, headers, params, parse
from intake import errors, markup
from intake.domain import message

BARE = b"From: Jan <jan@x.example>\r\nTo: info@voorbeeldstad.example\r\nMessage-ID: <a@x>\r\n"


def read(raw, **envelope):
    return parse.parse(email_support.receipt(raw, **envelope))


def test_a_mail_with_everything_keeps_everything():
    found = read((email_support.FIXTURES / "vraag.eml").read_bytes())
    assert found.sender == message.Address(
        kind=message.AddressKind.EMAIL, value="jan.jansens@provider.example", name="Jan Janséns"
    )
    assert found.subject == "Vraag over mijn paspoort – spoed"
    assert found.recipients == ("info@voorbeeldstad.example", "buurman@provider.example")
    assert found.sent_at == datetime.fromisoformat("2025-11-03T10:00:00+01:00")
    assert found.text.startswith("Goedemorgen,\n\nHoe vraag ik een paspoort aan?")
    assert "€ 75" in found.text
    assert found.html == "<p>Goedemorgen,</p>\n<p>Hoe vraag ik een <b>paspoort</b> aan?</p>"
    assert [(file.name, file.media_type, file.inline) for file in found.attachments] == [
        ("logo.png", "image/png", True),
        ("bijlage-2.png", "image/png", False),
        ("aanvraag café.pdf", "application/pdf", False),
        ("bijlage-4.eml", "message/rfc822", False),
    ]
    assert found.attachments[2].content == b"%PDF-1.4\n"
    assert b"Dit stond er eerder." in found.attachments[3].content
    assert b"Message-ID: <eerder@elders.example>" in found.attachments[3].content
    assert found.message_id == "vraag-1@provider.example"
    assert found.automatic is message.Automatic.NO
    assert found.language is None


def test_a_report_of_failed_delivery_points_at_the_mail_that_failed():
    found = read((email_support.FIXTURES / "onbezorgd.eml").read_bytes(), mail_from="")
    assert found.automatic is message.Automatic.BOUNCE
    assert found.thread.references[0] == "antwoord-1@voorbeeldstad.example"
    assert found.thread.token == "TOKEN-1234567890"


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=utf-8", "één €".encode(), "één €"),
        ("text/plain; charset=iso-8859-1", b"\xe9\xe9n \x80", "één €"),
        ("text/plain; charset=us-ascii", b"\xe9\xe9n caf\xe9", "één café"),
        ("text/plain; charset=klingon", "één".encode(), "één"),
        ("text/plain; charset=hex", b"abc", "abc"),
        ("text/plain; charset=punycode", b"abc-", "abc-"),
        ('text/plain; charset="', b"abc", "abc"),
        ("text/plain; charset=utf-8", b"caf\xe9 is open vandaag", "café is open vandaag"),
        ("text/plain; charset=utf-16", "dag".encode("utf-16"), "dag"),
        ("text/plain; charset=windows-1251", "Привет".encode("cp1251"), "Привет"),
        ("text/plain; charset=iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        ("text/plain", b"a\x00b\x07c", "abc"),
        ("nonsense", b"gewoon tekst", "gewoon tekst"),
        ("text/html; charset=utf-8", b"<p>Dag<br>Jan</p><ul><li>een<li>twee</ul>", "Dag\nJan\n\n- een\n- twee"),
        ("text/plain; format=flowed", b"een \r\ntwee\r\n> a \r\n> b", "een twee\n> a b"),
    ],
)
def test_text_is_read_in_the_charset_it_is_in(content_type, body, text):
    found = read(BARE + f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    assert "\n".join(part for part in (found.text, found.quoted) if part) == text


def test_an_unlabelled_cyrillic_text_is_guessed():
    words = "Здравствуйте, скажите пожалуйста, как получить новый паспорт для ребёнка? " * 3
    assert "паспорт" in charsets.decode(words.encode("koi8-r"), "utf-8")


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?utf-8?B?Y2Fmw6k=?= =?utf-8?B?IGRhZw==?=", "café dag"),
        ("=?utf-8?Q?a=C3?= =?utf-8?Q?=A9?=", "aé"),
        ("=?iso-8859-1?q?met spatie?=", "met spatie"),
        ("=?klingon?q?abc?=", "abc"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("RE: vraag =?utf-8?q?=E2=82=AC?= 75", "RE: vraag € 75"),
        ("regel\r\n vervolgd", "regel vervolgd"),
        ("caf\xe9 zonder code", "café zonder code"),
    ],
)
def test_subjects_are_decoded(raw, subject):
    found = read(BARE + b"Subject: " + raw.encode("latin-1") + b"\r\n\r\nx")
    assert found.subject == subject


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Jan <Jan@X.example>", ("jan@x.example", "Jan")),
        ('"Jansens, Jan" <jan@x.example>', ("jan@x.example", "Jansens, Jan")),
        ("jan@x.example (Jan)", ("jan@x.example", "Jan")),
        ("=?utf-8?q?Jan_=3Cbaas=40stad.example=3E?= <jan@x.example>", ("jan@x.example", "Jan <baas@stad.example>")),
        ("=?utf-8?q?Jan_=3Cjan=40x.example=3E?=", ("jan@x.example", "")),
        ("<", None),
        ("", None),
        ("undisclosed-recipients:;", None),
        ("(" * 5_000 + "jan@x.example", ("jan@x.example", "")),
    ],
)
def test_the_sender_is_the_address_in_from_and_nothing_else(raw, expected):
    found = read(f"From: {raw}\r\nReply-To: iemand@anders.example\r\nSubject: x\r\n\r\nx".encode()).sender
    assert (None if found is None else (found.value, found.name)) == expected


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="a;b.pdf"', "a;b.pdf"),
        ("attachment; filename=a b.pdf", "a b.pdf"),
        ("attachment; filename*=utf-8''caf%C3%A9.pdf; filename=cafe.pdf", "café.pdf"),
        ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ('attachment; filename="=?utf-8?q?caf=C3=A9.pdf?="', "café.pdf"),
        ('attachment; filename="..\\..\\etc\\passwd"', "passwd"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="cod\u202efdp.exe"', "codfdp.exe"),
        ("attachment; filename=", "bijlage-1.pdf"),
        (f'attachment; filename="{"x" * 400}.pdf"', "x" * 130 + ".pdf"),
    ],
)
def test_file_names_are_decoded_and_harmless(value, name):
    raw = BARE + f"Content-Type: application/pdf\r\nContent-Disposition: {value}\r\n\r\nPDF".encode()
    assert [file.name for file in read(raw).attachments] == [name]


def test_parameters_take_linear_time():
    assert params.split("a/b" + ";" * 30_000)[0] == "a/b"
    assert params.split('a/b; x="' + ";" * 30_000)[1]["x"]


@pytest.mark.parametrize(
    ("vector", "gone"),
    [
        ("<script>alert(1)</script>", "alert"),
        ("<img src=x onerror=alert(1)>", "img"),
        ("<a href='javascript:alert(1)'>x</a>", "javascript"),
        ("<a href='data:text/html,x'>x</a>", "data:"),
        ("<p style='background:url(http://spy)'>x</p>", "spy"),
        ("<svg><animate onbegin=alert(1)></svg>", "alert"),
        ("<iframe srcdoc='<script>alert(1)</script>'></iframe>", "script"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "onerror"),
        ("<form action=http://spy><input name=x></form>", "spy"),
        ("<link rel=stylesheet href=http://spy><meta http-equiv=refresh content='0;http://spy'>", "spy"),
        ("<!--[if mso]><p>spy</p><![endif]-->", "spy"),
        ("<base href=http://spy><object data=http://spy></object><embed src=http://spy>", "spy"),
        ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "onerror"),
        ("<p id=clobber class=login name=x>x</p>", "clobber"),
    ],
)
def test_html_of_strangers_is_harmless(vector, gone):
    assert gone not in markup.clean(f"<p>dag</p>{vector}")


def test_links_stay_but_tell_nothing_to_the_other_side():
    cleaned = markup.clean('<a href="https://x.example/?a=1" target="_top" onclick="x()">hier</a>')
    assert cleaned == '<a href="https://x.example/?a=1" rel="noopener noreferrer nofollow">hier</a>'


@pytest.mark.parametrize(
    ("fields", "envelope", "kind"),
    [
        ("Subject: Vraag", {"mail_from": "jan@x.example"}, "no"),
        ("Auto-Submitted: no", {}, "no"),
        ("X-Auto-Response-Suppress: DR, RN", {}, "no"),
        ("Subject: Afwezig op mijn afspraak, wat nu?", {}, "no"),
        ("X-Onthaal-Loop: info@andere-stad.example", {}, "no"),
        ("X-Onthaal-Loop: info@voorbeeldstad.example", {}, "own"),
        ("Auto-Submitted: auto-replied", {}, "reply"),
        ("Auto-Submitted: auto-replied (vacation)\r\nPrecedence: bulk", {}, "reply"),
        ("Auto-Submitted: auto-generated\r\nIn-Reply-To: <b@x>", {}, "reply"),
        ("Subject: Automatisch antwoord: Uw vraag", {}, "reply"),
        ("Subject: Afwezig: Uw vraag", {}, "reply"),
        ("Subject: Afwezigheidsbericht", {}, "reply"),
        ("Subject: Automatic reply: Uw vraag", {}, "reply"),
        ("Subject: =?utf-8?q?R=C3=A9ponse_automatique_:_Uw_vraag?=", {}, "reply"),
        ("Subject: Automatische Antwort: Uw vraag", {}, "reply"),
        ("X-Autoreply: yes", {}, "reply"),
        ("Subject: Vraag", {"mail_from": ""}, "reply"),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", {}, "reply"),
        ("Auto-Submitted: auto-generated", {}, "bulk"),
        ("List-Id: <nieuws.x.example>", {}, "bulk"),
        ("Precedence: list", {}, "bulk"),
        ("X-Auto-Response-Suppress: All", {}, "bulk"),
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=x", {}, "bulk"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", {}, "bounce"),
        ("X-Failed-Recipients: weg@x.example", {}, "bounce"),
        ("Subject: Niet bezorgd: Uw vraag", {"mail_from": ""}, "bounce"),
    ],
)
def test_mail_of_machines_is_recognised(fields, envelope, kind):
    assert read(BARE + fields.encode() + b"\r\n\r\nx", **envelope).automatic.value == kind


def test_a_forwarded_report_of_failed_delivery_is_a_question():
    inner = (email_support.FIXTURES / "onbezorgd.eml").read_bytes()
    raw = BARE + b"Content-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\nWat betekent dit?\r\n--z\r\n"
    found = read(raw + b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--z--\r\n", mail_from="jan@x.example")
    assert found.automatic is message.Automatic.NO
    assert found.text == "Wat betekent dit?"


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: Uw vraag [2604 8127]", (26048127,)),
        ("over 2604 8127 graag", (26048127,)),
        ("contact 26048127", (26048127,)),
        ("12345678 en [2604 8127]", (26048127, 12345678)),
        ("tel 012 34 56 78 of 0470123456", ()),
    ],
)
def test_contact_numbers_are_read_from_the_subject(subject, numbers):
    assert read(BARE + f"Subject: {subject}\r\n\r\nx".encode()).thread.numbers == numbers


def test_the_token_of_the_envelope_goes_before_that_of_the_header():
    raw = BARE + b"Cc: info+c.uit-de-kop@voorbeeldstad.example\r\n\r\nx"
    assert read(raw).thread.token == "uit-de-kop"
    envelope = ["jan@x.example", "info+c.van-de-envelop@voorbeeldstad.example"]
    assert read(raw, rcpt_tos=envelope).thread.token == "van-de-envelop"


def test_references_stand_nearest_first():
    raw = BARE + b"In-Reply-To: <c@x> <b@x>\r\nReferences: <a@x> <b@x>\r\n <c@x>\r\n\r\nx"
    assert read(raw).thread.references == ("c@x", "b@x", "a@x")


def test_the_same_utterance_has_one_key_and_another_text_another():
    one = read(b"Received: by a\r\n" + BARE + b"\r\nhallo\r\n").dedupe_key
    again = read(b"Received: by b\r\nX: y\r\n" + BARE + b"\r\nhallo\n").dedupe_key
    other = read(BARE + b"\r\ndag\r\n").dedupe_key
    assert one == again != other
    bare = b"From: jan@x.example\r\nSubject: a\r\n\r\nhallo"
    assert read(bare).dedupe_key == read(bare).dedupe_key != read(bare.replace(b": a", b": b")).dedupe_key
    assert read(bare).message_id is None


@pytest.mark.parametrize("value", ["<", "", "<>", "<a b>", "geen-haken@x", "<" * 300])
def test_a_broken_message_id_is_no_reason_to_refuse(value):
    assert read(f"From: jan@x.example\r\nMessage-ID: {value}\r\n\r\nx".encode()).text == "x"


@pytest.mark.parametrize("value", ["", "gisteren", "Mon, 99 Foo 2025 99:99:99 +9999", "1 Jan 1900 00:00:00 +0000"])
def test_a_date_that_cannot_be_true_is_no_date(value):
    assert headers.when(value) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\x89PNG\r\n\x1a\n",
        b"hallo, dit is geen mail\r\n",
        b"X-Iets: anders\r\n\r\nhallo",
        b"From: a@b\r\n" + b"X: y\r\n" * 5_000 + b"\r\nx",
        b"From: a@b\r\nX-Lang: " + b"y" * 300_000 + b"\r\n\r\nx",
    ],
)
def test_what_is_no_mail_is_unreadable(raw):
    with pytest.raises(errors.Unreadable):
        read(raw)


def test_a_body_too_large_to_show_is_kept_as_a_file_too():
    raw = BARE + b"Content-Type: text/plain\r\n\r\n" + b"woord " * 400_000
    found = read(raw)
    assert len(found.text) <= markup.MAX_HTML_CHARS
    assert [len(file.content) for file in found.attachments] == [2_400_000]
