"""What was read from a feed of products: the products, and what could not be read and why."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from intake.domain import catalogue, ids

ID_CHARS: Final = 80
_ID: Final = re.compile(rf"[a-z0-9-]{{2,{ID_CHARS}}}")
_NAME: Final = re.compile(r"[a-z0-9-]{2,20}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TAIL_CHARS: Final = 40
_HASH_CHARS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A record that was not taken in.

    `place` is where it stands, as an editor finds it back; `product_id` is None when not even its id can be read.
    """

    place: str
    why: str
    product_id: ids.ProductId | None = None

    def __str__(self) -> str:
        """Place and reason in one line."""
        return f"{self.place}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that one reading of a feed gave.

    Attributes:
        source: the name of the feed; all products carry it.
        products: what the city offers, each id once.
        refused: records that are wrong; the others are not touched by them.
        ended: what the feed itself calls archived, ended or not published yet.
        undated: those of `products` whose `changed` is a guess, because the feed does not tell.
        missing: which part of the feed was not read, in Dutch; empty when all of it was.
    """

    source: str
    products: tuple[catalogue.Product, ...] = ()
    refused: tuple[Refused, ...] = ()
    ended: frozenset[ids.ProductId] = frozenset()
    undated: frozenset[ids.ProductId] = frozenset()
    missing: str = ""

    def kept(self) -> frozenset[ids.ProductId]:
        """What the feed still has, also when it could not be taken in."""
        refused = {one.product_id for one in self.refused if one.product_id is not None}
        return frozenset({one.id for one in self.products} | refused)

    def why_not_whole(self) -> str:
        """Why nobody can tell from this reading what the feed no longer has, in Dutch; empty when one can."""
        if self.missing:
            return self.missing
        if any(one.product_id is None for one in self.refused):
            return "er zijn records geweigerd waarvan de id niet te lezen is"
        return "" if self.kept() or self.ended else "er is geen enkel product gelezen"


def is_name(text: str) -> bool:
    """Whether a feed may have this name: 2 to 20 small letters, digits and dashes."""
    return _NAME.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether this is the id of a product as it stands."""
    return _ID.fullmatch(text) is not None


def product_id(source: str, source_id: str) -> ids.ProductId:
    """The id of a product of a feed: always the same for the same two, and of its own among all feeds.

    An id that is plain already is kept readable, and of an address that ends in a UUID that UUID; of any other
    (capitals, other signs) the last part stays, with a hash of the whole.
    """
    plain = f"{source}-{source_id}"
    if is_id(plain):
        return ids.ProductId(plain)
    last = re.split(r"[/#]", source_id.rstrip("/#"))[-1]
    if _UUID.fullmatch(last):
        return ids.ProductId(f"{source}-{last}")
    tail = slug(last)[:_TAIL_CHARS].strip("-")
    mark = hashlib.sha256(source_id.encode()).hexdigest()[:_HASH_CHARS]
    return ids.ProductId("-".join(part for part in (source, tail, mark) if part))


def slug(text: str) -> str:
    """Small letters, digits and single dashes: `Burger & Welzijn` is `burger-welzijn`. May be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
