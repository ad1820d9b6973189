"""What we send can be read by everybody, finds its way back, and never starts a loop."""

import email
import re
from datetime import UTC, date, datetime
from email import policy

import email_support
import pytest

from channels.email import compose, parse
from intake.domain import catalogue, ids, message

AT = datetime(2026, 11, 22, 9, 42, tzinfo=UTC)


def written(**changes):
    return compose.compose(
        email_support.outgoing(**changes),
        address="info@voorbeeldstad.example",
        from_name="Voorbeeldstad",
        public_url="https://www.voorbeeldstad.example/",
        at=AT,
    )


def opened(content):
    return email.message_from_bytes(content, policy=policy.default)


def product_card():
    product = catalogue.Product(
        id=ids.ProductId("paspoort"),
        version=3,
        title={"nl": "Paspoort <aanvragen>"},
        unit_id=ids.UnitId("balie"),
        url="/producten/paspoort",
        changed=date(2026, 11, 3),
        sections=catalogue.Sections(
            description="U vraagt uw paspoort aan in het stadhuis.",
            condition=("U bent Belg.",),
            procedure=("Maak een afspraak.", "Betaal bij de balie."),
            evidence=("Uw oude paspoort",),
            cost="€ 75",
            term="5 werkdagen",
        ),
    )
    return catalogue.card(product, "nl")


def test_a_mail_reads_back_as_what_was_said():
    found = parse.parse(email_support.receipt(written(subject="Uw vraag over é€", in_reply_to="vraag-1@x.example")))
    assert found.subject == "Uw vraag over é€ [2604 8127]"
    assert found.text == "Dag Jan,\n\nWij zoeken het uit."
    assert found.html == "<p>Dag Jan,</p>\n<p>Wij zoeken het uit.</p>"
    assert found.sender == message.Address(
        kind=message.AddressKind.EMAIL, value="info@voorbeeldstad.example", name="Voorbeeldstad"
    )
    assert found.recipients == ("jan@provider.example",)
    assert found.message_id == "m1.abc@voorbeeldstad.example"
    assert found.thread.references == ("vraag-1@x.example",)
    assert found.thread.numbers == (26048127,)
    assert found.sent_at == AT
    assert found.automatic is message.Automatic.OWN


def test_an_answer_to_our_mail_brings_the_token_back():
    reply_to = opened(written())["Reply-To"].addresses[0].addr_spec
    assert reply_to == "info+c.q7x2mabcdefg-signed@voorbeeldstad.example"
    answer = f"From: jan@provider.example\r\nTo: {reply_to}\r\nSubject: Re: x\r\n\r\nDank u".encode()
    assert parse.parse(email_support.receipt(answer)).thread.token == "q7x2mabcdefg-signed"


def test_a_machine_says_that_it_is_one_and_a_person_does_not():
    machine, person = opened(written(automatic=True)), opened(written(author_name="Karin de Wit"))
    assert machine["Auto-Submitted"] == "auto-replied"
    assert "OOF" in machine["X-Auto-Response-Suppress"]
    assert "NDR" not in machine["X-Auto-Response-Suppress"]
    assert person["Auto-Submitted"] is None
    assert str(person["From"]) == "Karin de Wit – Voorbeeldstad <info@voorbeeldstad.example>"
    assert machine["X-Onthaal-Loop"] == person["X-Onthaal-Loop"] == "info@voorbeeldstad.example"


def test_a_mail_tried_again_is_the_same_bytes():
    assert written(card=product_card()) == written(card=product_card())


@pytest.mark.parametrize("value", ["a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\x00\x0bBcc: x", "a\u2028Bcc: x"])
def test_nobody_adds_a_header_through_a_value(value):
    address = message.Address(kind=message.AddressKind.EMAIL, value="jan@x.example", name=value)
    mail = opened(
        written(subject=value, to=address, author_name=value, in_reply_to=value, references=(value,), language=value)
    )
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) == 1
    assert len(mail.keys()) == 12


def test_every_line_is_legal_and_long_threads_stay_whole():
    known = tuple(f"{'x' * 90}{no}@provider.example" for no in range(40))
    content = written(text="woord " * 500 + "\n" + "é" * 3_000, references=known, subject="lang " * 100)
    lines = content.split(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) < 998
    assert content.isascii()
    found = parse.parse(email_support.receipt(content)).thread.references
    assert found == (*reversed(known[-19:]), known[0])
    assert "[2604 8127]" in opened(content)["Subject"]


@pytest.mark.parametrize(
    "subject", ["Re: Vraag [2604 8127]", "[2604 8127] Re: Vraag", "Re: [2604 8127] Vraag [2604 8127]"]
)
def test_the_number_stands_in_the_subject_once(subject):
    assert compose.subject(email_support.outgoing(subject=subject)) == "Re: Vraag [2604 8127]"


@pytest.mark.parametrize("text", ["Goedemorgen.\n\n{card}\n\nGroeten", "Goedemorgen.\n\nGroeten"])
def test_an_answer_from_the_catalogue_is_whole_in_both_forms(text):
    card = product_card()
    mail = opened(written(text=text.format(card=catalogue.plain(card, "nl")), card=card))
    plain, page = (part.get_content() for part in mail.iter_parts())
    for wanted in (
        "Goedemorgen.",
        "Kosten: € 75",
        "1. Maak een afspraak.",
        "https://www.voorbeeldstad.example/producten",
    ):
        assert plain.count(wanted) == 1
    assert page.count("Goedemorgen.") == 1
    assert page.count("in het stadhuis.") == 1
    assert "<h2>Paspoort &lt;aanvragen&gt;</h2>" in page
    assert re.search(r'<th scope="row"[^>]*>Kosten</th><td>€ 75</td>', page)
    assert "<ol><li>Maak een afspraak.</li><li>Betaal bij de balie.</li></ol>" in page
    assert '<a href="https://www.voorbeeldstad.example/producten/paspoort">Paspoort &lt;aanvragen&gt;</a>' in page
    assert '<html lang="nl">' in page


def test_what_people_type_is_text_in_html_too():
    page = next(opened(written(text="<b>1 < 2</b> zie https://x.example/?a=1&b=2.")).iter_parts())
    html = list(opened(written(text="<b>1 < 2</b> zie https://x.example/?a=1&b=2.")).iter_parts())[1].get_content()
    assert page.get_content().strip() == "<b>1 < 2</b> zie https://x.example/?a=1&b=2."
    assert "&lt;b&gt;1 &lt; 2&lt;/b&gt;" in html
    assert '<a href="https://x.example/?a=1&amp;b=2">https://x.example/?a=1&amp;b=2</a>.' in html
