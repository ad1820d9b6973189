"""What the project wrote itself: how citizens say each uniform name, and questions with their answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

GLOSS_WEIGHT: Final = 3.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text that means the uniform name."""

    name: str
    text: str
    weight: float = GLOSS_WEIGHT


@dataclass(frozen=True, slots=True)
class Own:
    """Everything of our own that is learned from."""

    gloss: tuple[Phrase, ...] = ()
    questions: tuple[Phrase, ...] = ()
    foreign: tuple[str, ...] = ()
    """Texts that no product answers."""

    @property
    def names(self) -> set[str]:
        """The uniform names that are glossed."""
        return {one.name for one in self.gloss}


def read(folder: Path | None) -> Own:
    """From `upl/gloss.tsv` and `questions/*_dev.jsonl` of a folder such as nlu_data. Raises OSError."""
    if folder is None:
        return Own()
    gloss = folder / "upl" / "gloss.tsv"
    foreign = folder / "questions" / "refuse_dev.jsonl"
    return Own(
        gloss=tuple(_gloss(gloss)) if gloss.is_file() else (),
        foreign=tuple(str(one["text"]) for one in _lines(foreign)) if foreign.is_file() else (),
    )


def _gloss(path: Path) -> Iterator[Phrase]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, *parts = line.split("\t")
            for part in parts:
                yield from (Phrase(name, phrase.strip()) for phrase in part.split(";") if phrase.strip())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
