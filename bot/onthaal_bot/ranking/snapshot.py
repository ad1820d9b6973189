"""The catalogue file that the hub writes: read again when it changes, never a reason to stop answering."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from onthaal_bot.ranking import catalogue, finder, words

log = logging.getLogger(__name__)

_NO_PRODUCTS = "a snapshot is an object with a list of products"
Stamp = tuple[int, int, int]


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(item for item in cast("list[object]", value) if isinstance(item, str) and item.strip())


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _product(value: object) -> catalogue.Product | None:
    given = _object(value)
    identity, version = given.get("id"), given.get("version")
    title, keywords = _object(given.get("title")), _object(given.get("keywords"))
    examples, body = _object(given.get("examples")), _object(given.get("text"))
    if not isinstance(identity, str) or not identity:
        return None
    wordings = {
        code: catalogue.Wording(
            title=_string(title.get(code)),
            keywords=_strings(keywords.get(code)),
            examples=_strings(examples.get(code)),
            text=_string(body.get(code)),
        )
        for code in words.LANGUAGES
        if any(code in part for part in (title, keywords, examples))
    }
    upl = given.get("upl")
    names = _strings([upl] if isinstance(upl, str) else upl)
    return catalogue.Product(
        id=identity,
        version=version if isinstance(version, int) else 0,
        names=tuple(name.lower() for name in names),
        wordings=wordings,
    )


def parse(content: bytes) -> catalogue.Catalogue:
    """The catalogue in a snapshot; a product that cannot be read is left out and counted in the log.

    Raises:
        ValueError: when it is no JSON (a truncated file is none) or has no list of products.
    """
    given = _object(json.loads(content))
    listed, version = given.get("products"), given.get("version")
    if not isinstance(listed, list):
        raise ValueError(_NO_PRODUCTS)  # noqa: TRY004 - wrong content, not a wrong argument
    read = [_product(value) for value in cast("list[object]", listed)]
    products = tuple(product for product in read if product is not None)
    if len(products) < len(read):
        log.warning("snapshot: left out %d products without an id", len(read) - len(products))
    return catalogue.Catalogue(version=version if isinstance(version, str) else None, products=products)


class Source:
    """The finder for the newest good snapshot."""

    def __init__(
        self, path: Path | None, build: Callable[[catalogue.Catalogue], finder.Finder] = finder.Finder
    ) -> None:
        """`path`: the file, which need not exist yet; None means no catalogue. `build` makes what searches it."""
        self._path = path
        self._build = build
        self._seen: Stamp | None = None
        self._finder = build(catalogue.Catalogue())

    def current(self) -> finder.Finder:
        """The finder, built anew when the file changed. Keeps the last good one when the file is unusable."""
        if self._path is None:
            return self._finder
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                if stamp == self._seen:
                    return self._finder
                self._seen = stamp
                content = file.read()
            self._finder = self._build(parse(content))
            log.info("snapshot: %d products", len(self._finder.catalogue.products))
        except FileNotFoundError:
            self._seen = None
        # Whatever is wrong with the file, the bot answers with what it has.
        except Exception as error:  # noqa: BLE001
            log.warning("snapshot: unusable (%s), keeping the last one", type(error).__name__)
        return self._finder
