"""Ways to make a browser run a stranger's script, in our own writing, and mails that carry them in every field."""

import base64
from urllib.parse import quote

SHOTS = (
    "alert({n})",
    "window.hit={n}",
    "window.hit={n};new Image().src='{canary}/{n}'",
)
"""What each does when it runs: a dialog, a global, or a request that the test's own server sees."""

VECTORS = (
    "<script>{js}</script>",
    "<ScRiPt >{js}</ScRiPt >",
    "</textarea></title></style><script>{js}</script>",
    '"><script>{js}</script>',
    "'><script>{js}</script>",
    "--><script>{js}</script><!--",
    "]]><script>{js}</script>",
    "<script src={canary}/script-{n}.js></script>",
    '<img src=nergens onerror="{js}">',
    '"><img src=nergens onerror="{js}">',
    "<img src=nergens onerror=&#x77;indow.hit={n}>",
    '<svg onload="{js}">',
    "<svg><script>{js}</script></svg>",
    '<svg><animate onbegin="{js}" attributeName=x dur=1s>',
    '<svg><style><img src=nergens onerror="{js}"></style></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img src=nergens onerror="{js}">',
    '<noscript><p title="</noscript><img src=nergens onerror=window.hit={n}>">',
    '<iframe srcdoc="<script>parent.hit={n}</script>"></iframe>',
    '<iframe src="javascript:parent.hit={n}"></iframe>',
    "<iframe src=\"data:text/html,<script>new Image().src='{canary}/{n}'</script>\"></iframe>",
    '<object data="{canary}/object-{n}.html"></object>',
    '<embed src="{canary}/embed-{n}.html">',
    '<a href="javascript:{js}" id=x{n}>klik</a>',
    '<a href="java&#9;script:{js}">klik</a>',
    '<details open ontoggle="{js}"><summary>x</summary></details>',
    '<input autofocus onfocus="{js}">',
    '<video><source onerror="{js}"></video>',
    '<body onload="{js}">',
    "<style>@import '{canary}/style-{n}.css';</style>",
    "<link rel=stylesheet href={canary}/link-{n}.css>",
    '<meta http-equiv=refresh content="0;url={canary}/meta-{n}">',
    '<base href="{canary}/base-{n}/"><img src=plaatje>',
    '<form action="{canary}/form-{n}"><input type=submit autofocus></form>',
    '<div hx-get="{canary}/htmx-{n}" hx-trigger=load></div>',
    '<div hx-on:htmx:load="{js}" hx-on::load="{js}"></div>',
    "<template><script>{js}</script></template><script>{js}</script>",
    "{{{{ ''.__class__ }}}}<script>{js}</script>",
    "javascript:{js}//",
    "\u202e<script>{js}</script>",
    '<img src=nergens onerror="{js}" x=\ud7ff\ufffe\uffff>',
)


def all_of(canary: str) -> list[str]:
    """Every vector with a shot of its own number."""
    found = []
    for number, vector in enumerate(VECTORS):
        shot = SHOTS[number % len(SHOTS)].format(n=number, canary=canary)
        found.append(vector.format(n=number, canary=canary, js=shot))
    return found


def _word(text: str) -> bytes:
    """An encoded word, in one piece: mailers write shorter ones, and strangers write what they like. RFC 2047."""
    return b"=?utf-8?b?" + base64.b64encode(text.encode()) + b"?="


def mail(number: int, vector: str) -> bytes:
    """A mail with the vector as name, subject, text, HTML, and name and content of a file."""
    return b"\r\n".join([
        b"From: " + _word(vector) + f" <boef-{number}@example.org>".encode(),
        b"Subject: raak " + _word(vector),
        f"Message-ID: <raak-{number}@example.org>".encode(),
        b"Content-Type: multipart/mixed; boundary=grens",
        b"",
        b"--grens",
        b"Content-Type: multipart/alternative; boundary=keuze",
        b"",
        b"--keuze",
        b"Content-Type: text/plain; charset=utf-8",
        b"",
        "raak {} {}\r\n\r\nOp ma 3 nov 2025 schreef {}:\r\n> {}".format(number, *[vector] * 3).encode(),
        b"--keuze",
        b"Content-Type: text/html; charset=utf-8",
        b"",
        f"<p>raak {number}</p>{vector}<p title=\"{vector}\">x</p><div class='{vector}'>y</div>".encode(),
        b"--keuze--",
        b"--grens",
        b"Content-Type: text/html",
        f"Content-Disposition: attachment; filename*=utf-8''{quote(vector, safe='')}.html".encode(),
        b"",
        f"<!doctype html><title>x</title>{vector}".encode(),
        b"--grens--",
        b"",
    ])  # fmt: skip


def broken_mail(number: int, vector: str) -> bytes:
    """Bytes that are no mail, and that a browser would take for a page."""
    return f"<!doctype html><html><title>{number}</title>{vector}</html>\r\n".encode()
