"""The national collection: what hundreds of municipalities call their products, and which uniform name each has.

Source: Samenwerkende Catalogi (open government data); names: Uniforme Productnamenlijst (UPL).
"""

import gzip
import json
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+")
_MOST_SENTENCES: Final = 6
_FEWEST_WORDS: Final = 3
_MOST_CHARS: Final = 300
_FEWEST_RECORDS: Final = 3
_MOST_NAMES: Final = 3
_OPENERS: Final = {".xz": lzma.open, ".gz": gzip.open}


@dataclass(frozen=True, slots=True)
class Record:
    """One product of one municipality; `names` are its uniform product names in lower case."""

    municipality: str
    title: str
    sentences: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """The sentences that ask something: how an editor thinks that citizens begin."""
        return tuple(sentence for sentence in self.sentences if sentence.endswith("?"))


def read(path: Path) -> Iterator[Record]:
    """Records in Dutch of a JSON Lines file, also packed (.xz, .gz). A line that is none is left out.

    Raises:
        OSError: the file cannot be read.
    """
    opener = _OPENERS.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if record := _record(line):
                yield record


def _record(line: str) -> Record | None:
    try:
        given: Any = json.loads(line)
        title, abstract = given["title"].strip(), str(given.get("abstract") or "")
        names = [str(name).lower() for name in given.get("upl") or []]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if given.get("lang", "nl") != "nl" or not title:
        return None
    sentences = [s.strip()[:_MOST_CHARS] for s in _SENTENCE.split(abstract) if len(s.split()) >= _FEWEST_WORDS]
    return Record(
        municipality=str(given.get("municipality") or ""),
        title=title,
        sentences=tuple(dict.fromkeys(s for s in sentences if s != title))[:_MOST_SENTENCES],
        # A page that is filed under many names tells nothing about any of them.
        names=tuple(dict.fromkeys(names)) if len(names) <= _MOST_NAMES else (),
    )


def known_names(records: list[Record]) -> list[str]:
    """The names that occur often enough to learn, in a fixed order."""
    counted = Counter(name for record in records for name in record.names)
    return sorted(name for name, count in counted.items() if count >= _FEWEST_RECORDS)
