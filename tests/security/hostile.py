"""Mails that no mailer would send, each made to break whoever reads it. Our own; none is a copy."""

from collections.abc import Callable

_BARE = b"From: boef@example.org\r\nSubject: slecht\r\n"


def _nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=g%d\r\n\r\n--g%d\r\n" % (number, number) for number in range(depth)
    )


def _recipients(many: int) -> bytes:
    return b"To: " + b",\r\n ".join(b"ontvanger%d@example.org" % number for number in range(many)) + b"\r\n"


def _pieces(many: int) -> bytes:
    return b"Content-Type: text/plain" + b"".join(b";\r\n name*%d*=%%41" % n for n in range(many)) + b"\r\n"


HOSTILE: dict[str, bytes] = {
    "a subject of 500 kB": b"From: boef@example.org\r\nSubject: " + b"x" * 500_000 + b"\r\n\r\nx\r\n",
    "a folded subject of 500 kB": b"From: boef@example.org\r\nSubject:" + b" woord\r\n" * 62_500 + b"\r\n\r\nx\r\n",
    "30,000 encoded words": b"Subject:" + b" =?utf-8?q?a=C3=A9?=\r\n" * 30_000 + b"\r\nx\r\n",
    "10,000 encoded words": b"From: boef@example.org\r\nSubject:"
    + (b" =?utf-8?q?a=C3=A9?=" * 10 + b"\r\n") * 1_000
    + b"\r\nx\r\n",
    "3,900 encoded words in as many lines": b"From: boef@example.org\r\nSubject:"
    + b" =?utf-8?q?a=C3=A9?=\r\n" * 3_900
    + b"\r\nx\r\n",
    "10,000 recipients": _BARE + _recipients(10_000) + b"\r\nx\r\n",
    "10,000 recipients in few lines": _BARE
    + b"To: "
    + b",\r\n ".join([b"o@x.example," * 49 + b"p@x.example"] * 200)
    + b"\r\n\r\nx\r\n",
    "8,000 recipients in 40 fields": _BARE + _recipients(200) * 40 + b"\r\nx\r\n",
    "2,000 nested parts": _BARE + _nested(2_000) + b"\r\nx\r\n",
    "49 nested parts": _BARE + _nested(49) + b"\r\nx\r\n",
    "2,000 mails in mails": _BARE + b"Content-Type: message/rfc822\r\n\r\n" * 2_000 + b"Subject: x\r\n\r\nx\r\n",
    "a parameter in 5,000 pieces": _BARE + _pieces(5_000) + b"\r\nx\r\n",
    "5,000 opening brackets": b"From: " + b"(" * 5_000 + b"boef@example.org\r\n\r\nx\r\n",
    "5,000 brackets in a date": _BARE
    + b"Date: "
    + b"(" * 5_000
    + b"\r\nMessage-ID: "
    + b"(" * 5_000
    + b"\r\n\r\nx\r\n",
    "an unknown charset": _BARE + b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\r\n",
    "a charset that is a program": _BARE
    + b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\N{DIGIT ONE}\r\n",
    "a charset of bytes": _BARE + b"Content-Type: text/plain; charset=\xff\x00\xfe\r\n\r\n\x80\r\n",
    "an unknown charset in a name": b"From: =?klingon?b?//79?= <boef@example.org>\r\n\r\nx\r\n",
    "a sender of one bracket": b"From: <\r\nSubject: slecht\r\n\r\nx\r\n",
    "a Message-ID of one bracket": _BARE + b"Message-ID: <\r\nIn-Reply-To: <\r\nReferences: <<<\r\n\r\nx\r\n",
    "NUL bytes in every field": b"From: a\x00b <boef\x00@example.org>\r\nSubject: a\x00b\r\n\r\nvoor\x00na\x00\r\n",
    "encoded NUL bytes": b"From: =?utf-8?q?a=00b?= <boef@example.org>\r\nSubject: =?utf-8?q?=00x=00?=\r\n\r\nx\r\n",
    "lone surrogates": b"From: =?utf-8?q?=ED=A0=80?= <boef@example.org>\r\n"
    b"Subject: \xed\xa0\x80\r\n\r\n\xed\xb0\x80\r\n",
    "surrogates by UTF-7": b"From: =?utf-7?q?+2AA-?= <boef@example.org>\r\n"
    b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-x+3AA-\r\n",
    "surrogates by UTF-16": _BARE + b"Content-Type: text/plain; charset=utf-16-le\r\n\r\n\x00\xd8x\x00\x00\xdc\r\n",
    "a file named by surrogates": _BARE + b"Content-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename*=utf-16''%00%D8%00\r\n\r\nx\r\n",
    "a file without end of its name": _BARE
    + b'Content-Disposition: attachment; filename="'
    + b"x" * 200_000
    + b"\r\n\r\nx",
    "100,000 open tags": _BARE + b"Content-Type: text/html\r\n\r\n" + b"<div><b><i>\r\n" * 100_000,
    "tables in tables": _BARE + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>\r\n" * 50_000,
    "2 MB of angle brackets": _BARE + b"Content-Type: text/html\r\n\r\n" + (b"<" * 990 + b"\r\n") * 2_000,
    "1 MB of entities": _BARE + b"Content-Type: text/html\r\n\r\n" + b"&lt;&#0;&#xD800;&#x110000;\r\n" * 40_000,
    "an open quote full of separators": _BARE
    + b'Content-Type: multipart/mixed; boundary="'
    + b";" * 200_000
    + b"\r\n\r\nx\r\n",
    "such a quote in a part": _BARE
    + b"Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n"
    + b'Content-Type: multipart/mixed; boundary="'
    + b";" * 200_000
    + b"\r\n\r\nx\r\n--d--\r\n",
    "a boundary that is everywhere": _BARE
    + b"Content-Type: multipart/mixed; boundary=g\r\n\r\n"
    + b"--g\r\n" * 100_000,
    "base64 that is none": _BARE + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=A=B\r\n" * 100_000,
    "uuencode that never ends": _BARE
    + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n"
    + b"M\r\n" * 50_000,
    "100,000 quoted lines": _BARE + b"\r\n" + b"Op ma 3 nov 2025 schreef iemand:\r\n> > > x\r\n" * 50_000,
    "a million blank lines": _BARE + b"\r\n" + b"\r\n" * 1_000_000,
    "12 million blank lines": _BARE + b"\r\n" + b"\r\n" * 12_000_000,
    "4 million fields": b"X: x\r\n" * 4_000_000,
    "a line of a million spaces": _BARE + b"\r\n" + b" " * 1_000_000 + b"x\r\n",
    "a page instead of a mail": b"<!doctype html><p>x\r\n",
    "a picture instead of a mail": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100,
    "only zero bytes": b"\x00" * 10_000 + b"\r\n",
    "nothing at all": b"\r\n",
    "only a colon": b":\r\n\r\n",
    "5,000 fields": _BARE + b"X-Veld: x\r\n" * 5_000 + b"\r\nx\r\n",
    "a delivery report of rubbish": b"From: <>\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=g\r\n\r\n"
    b"--g\r\nContent-Type: message/delivery-status\r\n\r\n" + b"Status: \xff\r\n\r\n" * 20_000 + b"--g--\r\n",
}
"""By what it is: what is sent between DATA and its end."""

BOUNCES = {"a delivery report of rubbish"}
"""A delivery report that belongs to no mail of ours: kept under `bounce`, and nobody's question."""

SLOW: Callable[[int], bytes] = lambda number: (  # noqa: E731 - a value beside the others
    b"From: traag%d@example.org\r\nSubject: traag\r\nContent-Type: text/html\r\n\r\n" % number
    + b"<table><tr><td><b>\r\n" * 60_000
)
"""A mail that costs a reader all the time that it gets."""
