"""Attacks on the SMTP wire of a hub that runs: smuggled mails, injected commands, relaying, lines without end."""

import itertools
import json
import smtplib
import socket
import ssl
from collections import Counter
from typing import Self

import pytest

from tests.security.conftest import TLS
from tests.support import effort, ledger, running

OURS = "info@voorbeeldstad.example"
BREAKS = {
    "LF": b"\n",
    "CR": b"\r",
    "CRLF": b"\r\n",
    "CRCRLF": b"\r\r\n",
    "LFCR": b"\n\r",
    "NUL CRLF": b"\x00\r\n",
    "CRLF NUL": b"\r\n\x00",
    "VT": b"\x0b",
    "NEL": b"\x85",
}
FALSE_ENDS = {
    f"{before}.{after}": BREAKS[before] + b"." + BREAKS[after]
    for before, after in itertools.product(BREAKS, BREAKS)
    if b"\r\n.\r\n" not in BREAKS[before] + b"." + BREAKS[after]
}
"""Everything that a careless mail server may take for the end of a mail, and that is none. Source: RFC 5321 2.3.8."""


class Line:
    """A raw connection to the SMTP port."""

    def __init__(self, demo: running.RunningDemo) -> None:
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", demo.smtp_port), timeout=10)
        self._heard = b""
        self.hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def hear(self) -> bytes:
        """The next whole answer."""
        answer = b""
        while True:
            while b"\r\n" not in self._heard:
                piece = self.socket.recv(65_536)
                if not piece:
                    return answer
                self._heard += piece
            line, _, self._heard = self._heard.partition(b"\r\n")
            answer += line + b"\r\n"
            if line[3:4] == b" ":
                return answer

    def say(self, words: bytes) -> bytes:
        self.socket.sendall(words)
        return self.hear()

    def begin_mail(self, sender: str) -> None:
        assert self.say(b"EHLO t\r\n").startswith(b"250")
        assert self.say(f"MAIL FROM:<{sender}>\r\n".encode()).startswith(b"250")
        assert self.say(f"RCPT TO:<{OURS}>\r\n".encode()).startswith(b"250")
        assert self.say(b"DATA\r\n").startswith(b"354")


def unstuffed(content: bytes) -> bytes:
    """The mail without the dots that the wire needs. Source: RFC 5321 4.5.2."""
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in content.split(b"\r\n"))


@pytest.mark.parametrize("pieces", ["in one piece", "in pieces"])
def test_no_false_end_of_a_mail_lets_a_second_one_in(hub, pieces):
    for number, (name, false_end) in enumerate(FALSE_ENDS.items()):
        sender = f"smokkel-{pieces.replace(' ', '')}-{number}@example.org"
        smuggled = (
            f"MAIL FROM:<boef-{sender}>\r\nRCPT TO:<{OURS}>\r\nDATA\r\n"
            f"From: baas@voorbeeldstad.example\r\nSubject: {name}\r\n\r\ngesmokkeld\r\n"
        ).encode()
        start = f"From: jan@example.org\r\nSubject: {name}\r\nMessage-ID: <{sender}>\r\n\r\neerste".encode()
        content = start + false_end + smuggled
        with Line(hub) as line:
            line.begin_mail(sender)
            cuts = [start, false_end, smuggled] if pieces == "in one piece" else [*_letters(start[-2:], false_end)]
            if pieces == "in pieces":
                line.socket.sendall(start[:-2])
                cuts.append(smuggled)
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for cut in cuts if pieces == "in pieces" else [b"".join(cuts)]:
                line.socket.sendall(cut)
            answer = line.say(b".\r\n")
            assert answer.startswith(b"250 2.0.0"), (name, answer)
            assert line.say(b"NOOP\r\n").startswith(b"250"), name
            line.socket.settimeout(0.02)
            with pytest.raises(TimeoutError):  # nobody answers a second mail
                line.hear()
        (kept,) = ledger.raw_mails(hub, sender)
        assert kept == unstuffed(content), name
    assert ledger.raw_mails(hub, "boef-smokkel") == []


def _letters(*parts: bytes) -> list[bytes]:
    return [bytes([byte]) for part in parts for byte in part]


INJECTED = {
    "a greeting": b"EHLO boef\r\n",
    "a whole mail": (
        f"EHLO boef\r\nMAIL FROM:<injectie@example.org>\r\nRCPT TO:<{OURS}>\r\n"
        "DATA\r\nSubject: injectie\r\n\r\nx\r\n.\r\n"
    ).encode(),
    "half a command": b"MAIL FROM:<injectie@exa",
    "a second STARTTLS": b"STARTTLS\r\n",
}


@pytest.mark.parametrize("name", INJECTED)
def test_what_is_pipelined_behind_starttls_is_never_heard(hub, name):
    trusted = ssl.create_default_context(cafile=TLS / "starttls-certificate.pem")
    trusted.check_hostname = False
    with Line(hub) as line:
        assert b"STARTTLS" in line.say(b"EHLO t\r\n")
        assert line.say(b"STARTTLS\r\n" + INJECTED[name]).startswith(b"220")
        with trusted.wrap_socket(line.socket) as secure:
            line.socket = secure
            assert line._heard == b""
            assert line.say(b"MAIL FROM:<jan@example.org>\r\n").startswith(b"503")
            assert b"STARTTLS" not in line.say(b"EHLO t\r\n")
            assert line.say(b"RCPT TO:<info@voorbeeldstad.example>\r\n").startswith(b"503")
            assert line.say(b"NOOP\r\n").startswith(b"250")
    assert ledger.raw_mails(hub, "injectie") == []


def test_what_was_begun_before_starttls_is_forgotten(hub):
    trusted = ssl.create_default_context(cafile=TLS / "starttls-certificate.pem")
    trusted.check_hostname = False
    with Line(hub) as line:
        line.say(b"EHLO t\r\n")
        line.say(b"MAIL FROM:<vooraf@example.org>\r\n")
        line.say(f"RCPT TO:<{OURS}>\r\n".encode())
        assert line.say(b"STARTTLS\r\n").startswith(b"220")
        with trusted.wrap_socket(line.socket) as secure:
            line.socket = secure
            assert line.say(b"EHLO t\r\n").startswith(b"250")
            assert line.say(b"DATA\r\n").startswith(b"503")
            assert line.say(b"AUTH PLAIN AGEAYg==\r\n")[:1] == b"5"


RELAYS = [
    "jan@elders.example",
    "info@voorbeeldstad.example@elders.example",
    "info%elders.example@voorbeeldstad.example",
    "elders.example!info@voorbeeldstad.example",
    "@voorbeeldstad.example:jan@elders.example",
    '"info@voorbeeldstad.example"@elders.example',
    '"jan@elders.example"@voorbeeldstad.example',
    "info+x@elders.example",
    "info@sub.voorbeeldstad.example",
    "info@[127.0.0.1]",
    "info@voorbeeldstad.example.",
    "postmaster",
    "info@voorbeeldstad.example\x00@elders.example",
]


def test_it_relays_for_nobody(hub):
    with Line(hub) as line:
        line.say(b"EHLO t\r\n")
        line.say(b"MAIL FROM:<info@voorbeeldstad.example>\r\n")
        for address in RELAYS:
            answer = line.say(f"RCPT TO:<{address}>\r\n".encode())
            assert answer[:1] == b"5", (address, answer)
        assert line.say(b"DATA\r\n").startswith(b"503")
        assert line.say(b"VRFY info@voorbeeldstad.example\r\n")[:3] in {b"252", b"550", b"502"}
        assert line.say(b"EXPN info\r\n")[:1] == b"5"


@pytest.mark.parametrize("length", [1_001, 100_000, 1_000_000])
def test_a_line_that_is_longer_than_the_standard_allows_is_no_reason_to_bounce(hub, length):
    sender = f"lange-regel-{length}@example.org"
    content = b"Subject: lang\r\n\r\n" + b"x" * length + b"\r\n"
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, timeout=10, local_hostname="t") as client:
        assert client.sendmail(sender, [OURS], content) == {}
    assert ledger.raw_mails(hub, sender) == [content]


def test_a_line_without_end_is_refused_and_the_next_mail_is_kept(hub):
    with Line(hub) as line:
        line.begin_mail("eindeloos@example.org")
        answer = line.say(b"Subject: lang\r\n\r\n" + b"x" * 2_500_000 + b"\r\n.\r\n")
        assert answer.startswith(b"5"), answer
        assert line.say(b"RSET\r\n").startswith(b"250")
        line.begin_mail("na-eindeloos@example.org")
        assert line.say(b"Subject: kort\r\n\r\nx\r\n.\r\n").startswith(b"250")
    assert [mail for mail in ledger.raw_mails(hub, "eindeloos@") if len(mail) > 100] == []
    assert len(ledger.raw_mails(hub, "na-eindeloos@")) == 1


def test_a_command_without_end_is_refused_and_the_line_stays_usable(hub):
    with Line(hub) as line:
        assert line.say(b"EHLO " + b"x" * 3_000_000 + b"\r\n").startswith(b"5")
        assert line.say(b"EHLO t\r\n").startswith(b"250")
        for nonsense in (b"\r\n", b"\x00\xff\r\n", b"MAIL\r\n", b"MAIL FROM:<" + b"a" * 9_000 + b"@x>\r\n"):
            assert line.say(nonsense)[:1] == b"5", nonsense
        assert line.say(b"NOOP\r\n").startswith(b"250")


RECIPIENTS = 10_000
TAKEN = 100
"""So many recipients of one mail are taken; the default of `max_recipients`."""
RECIPIENTS_SECONDS = 3.0
"""What so many commands may cost the hub in processor time; meanwhile it serves others."""


def test_ten_thousand_recipients_get_452_beyond_the_limit_while_others_are_served(hub):
    sender = "tienduizend@example.org"
    many = [f"info+nummer{number}@voorbeeldstad.example" for number in range(RECIPIENTS)]
    before = effort.of(hub.pid)
    with Line(hub) as line:
        assert line.say(b"EHLO t\r\n").startswith(b"250")
        assert line.say(f"MAIL FROM:<{sender}>\r\n".encode()).startswith(b"250")
        codes = Counter[bytes]()
        for first in range(0, RECIPIENTS, 500):
            some = many[first : first + 500]
            line.socket.sendall("".join(f"RCPT TO:<{address}>\r\n" for address in some).encode())
            codes.update(line.hear()[:3] for _ in some)
            if first == RECIPIENTS // 2:
                hub.send_mail("Ik ook", sender="tussendoor@example.org")
        assert line.say(b"RCPT TO:<iemand@elders.example>\r\n").startswith(b"550")
        assert codes == {b"250": TAKEN, b"452": RECIPIENTS - TAKEN}
        assert line.say(b"DATA\r\n").startswith(b"354")
        assert line.say(b"Subject: aan velen\r\n\r\nx\r\n.\r\n").startswith(b"250")
    assert (effort.of(hub.pid) - before).own < RECIPIENTS_SECONDS
    ((kept,),) = ledger.rows(hub, "SELECT envelope FROM receipt WHERE instr(envelope, ?) > 0", sender)
    assert json.loads(kept)["rcpt_tos"] == many[:TAKEN]
    assert len(ledger.raw_mails(hub, "tussendoor@")) == 1
