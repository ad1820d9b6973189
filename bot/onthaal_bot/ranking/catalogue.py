"""The products of a snapshot, as the ranking needs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A product in one language; empty parts are allowed."""

    title: str = ""
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    text: str = ""

    @property
    def phrases(self) -> tuple[str, ...]:
        """Everything short that somebody could have asked it with."""
        return tuple(phrase for phrase in (self.title, *self.keywords, *self.examples) if phrase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product: its identity and its wording per language code."""

    id: str
    version: int = 0
    names: tuple[str, ...] = ()
    """Uniform product names (UPL) in lower case."""
    wordings: Mapping[str, Wording] = field(default_factory=dict[str, Wording])


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What one snapshot holds; `version` is None while there is no snapshot."""

    version: str | None = None
    products: tuple[Product, ...] = ()
