"""Feeds that lie at an address: page after page, with limits to time and size, from one server only."""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from intake import errors
from intake.catalogue import importing

MAX_PAGE_BYTES: Final = 64_000_000
MAX_BYTES: Final = 256_000_000
MAX_PAGES: Final = 5_000
TIMEOUT: Final = aiohttp.ClientTimeout(total=180, connect=10, sock_read=60)
"""Seconds, of one page."""
_CHUNK_BYTES: Final = 65_536
_REDIRECTS: Final = range(300, 400)


def is_address(source: str) -> bool:
    """Whether this is an address on the web, and no file."""
    return source.lower().startswith(("http://", "https://"))


async def documents(
    address: str,
    form_of: Callable[[importing.Document], importing.Form],
    *,
    headers: Mapping[str, str],
    on_page: Callable[[int], None] = lambda _: None,
    limits: aiohttp.ClientTimeout = TIMEOUT,
) -> tuple[importing.Form, list[importing.Document]]:
    """The page at this address and all that it leads to.

    Args:
        address: https, or http on this machine.
        form_of: tells the form by the first page.
        headers: sent with each page, such as the key of the feed.
        on_page: hears how many pages were read so far.
        limits: to the time of one page.

    Raises:
        Invalid: nothing usable came; the message says what to do. What came before is let go.
    """
    _check(address)
    found: list[importing.Document] = []
    form: importing.Form | None = None
    waiting, seen, room = [address], {address}, MAX_BYTES
    async with aiohttp.ClientSession(timeout=limits, headers=headers) as session:
        while waiting:
            page = importing.Document(name=(at := waiting.pop(0)), content=await _page(session, at, room))
            found.append(page)
            room -= len(page.content)
            on_page(len(found))
            form = form or form_of(page)
            for link in form.next_pages(page):
                following = urljoin(at, link)
                if following not in seen:
                    _check_same_server(address, following)
                    seen.add(following)
                    waiting.append(following)
            if len(seen) > MAX_PAGES:
                raise errors.Invalid(f"{address} heeft meer dan {MAX_PAGES} bladzijden. Er is niets gewijzigd.")
    assert form is not None  # noqa: S101 - the first page gave it
    return form, found


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, scheme, _ = parts.hostname or "", parts.scheme.lower(), parts.port
    except ValueError as error:
        raise errors.Invalid(f"{address} is geen webadres.") from error
    if parts.username or parts.password:
        raise errors.Invalid("Zet geen naam of wachtwoord in het adres; gebruik --headers.")
    if not host or (scheme != "https" and not _is_loopback(host)):
        raise errors.Invalid(f"{address} is niet versleuteld. Neem het https-adres.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_same_server(first: str, following: str) -> None:
    here, there = urlsplit(first), urlsplit(following)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise errors.Invalid(
            f"{first} leidt naar een andere server: {there.netloc or following}. Er is niets gewijzigd."
        )


async def _page(session: aiohttp.ClientSession, address: str, room: int) -> bytes:
    try:
        async with session.get(address, allow_redirects=False) as answer:
            _check_status(address, answer)
            content = bytearray()
            async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                content += chunk
                if len(content) > min(room, MAX_PAGE_BYTES):
                    raise errors.Invalid(f"{address} geeft te veel: meer dan {MAX_PAGE_BYTES // 1_000_000} MB.")
            return bytes(content)
    except TimeoutError as error:
        raise errors.Invalid(f"{address} antwoordt niet op tijd. Probeer het later opnieuw.") from error
    except aiohttp.ClientError as error:
        raise errors.Invalid(
            f"{address} is niet te bereiken ({type(error).__name__}). Kijk naar adres en netwerk."
        ) from error


def _check_status(address: str, answer: aiohttp.ClientResponse) -> None:
    if answer.status in _REDIRECTS:
        raise errors.Invalid(f"{address} is verhuisd naar {answer.headers.get('Location', '?')}. Neem dat adres.")
    if answer.status in {401, 403}:
        raise errors.Invalid(f"{address} laat ons niet toe ({answer.status}). Geef de sleutel met --headers.")
    if answer.status != 200:  # noqa: PLR2004 - OK
        raise errors.Invalid(f"{address} antwoordt met {answer.status}. Kijk naar het adres, of probeer het later.")
