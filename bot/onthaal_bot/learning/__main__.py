"""`python -m onthaal_bot.learning COLLECTION --out FOLDER [--own FOLDER]`: learn, and write what the bot reads.

Progress goes to standard output as lines of JSON: {"step": name, "done": number, "of": number}.
"""

import argparse
import hashlib
import json
import lzma
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from onthaal_bot.learning import collection, exams, making, own, softmax, weighing
from onthaal_bot.ranking import learned

FEWEST_QUESTIONS: Final = 500
HELD_OUT: Final = 4
"""One in so many municipalities is left out at first, to weigh on."""
TITLE_WEIGHT, NAME_WEIGHT = 2.0, 10.0


def _told(name: str, of: int) -> Callable[[int], None]:
    """Tells progress, at most a hundred times."""
    done, told = 0, -1

    def step(count: int) -> None:
        nonlocal done, told
        done += count
        if (now := 100 * done // max(of, 1)) > told:
            told = now
            sys.stdout.write(json.dumps({"step": name, "done": min(done, of), "of": of}) + "\n")
            sys.stdout.flush()

    step(0)
    return step


def _labelled(
    records: Sequence[collection.Record], names: Sequence[str], gloss: Sequence[own.Phrase]
) -> list[making.Labelled]:
    number = {name: at for at, name in enumerate(names)}
    found = [making.Labelled(name, at, NAME_WEIGHT) for name, at in number.items()]
    found += [making.Labelled(one.text, number[one.name], one.weight) for one in gloss if one.name in number]
    for record in records:
        for name in record.names:
            if name in number:
                found.append(making.Labelled(record.title, number[name], TITLE_WEIGHT))
                found += [making.Labelled(sentence, number[name]) for sentence in record.sentences]
    return found


class TooLittle(Exception):
    """The collection holds too little to learn from."""


def learn(source: Path, out: Path, given: own.Own) -> None:
    """Learn from the collection at `source` and what the project wrote itself, and write into `out`.

    Raises:
        TooLittle: the collection has no questions or no large catalogue among the municipalities that are left out.
        OSError: a file cannot be read or written.
    """
    records = list(collection.read(source))
    names = sorted({*collection.known_names(records), *given.names})
    held = {name for name in {one.municipality for one in records} if _is_held_out(name)}
    rest = [one for one in records if one.municipality not in held]
    papers = exams.of([one for one in records if one.municipality in held], given, random.Random(1))  # noqa: S311 - a draw that anyone can repeat
    count = sum(len(paper.questions) for paper in papers)
    if not rest or count < FEWEST_QUESTIONS:
        raise TooLittle(
            f"{len(records)} records of {len({one.municipality for one in records})} municipalities give {count} "
            f"questions; {FEWEST_QUESTIONS} are needed, of municipalities with {exams.SMALLEST} products or more"
        )
    settings = softmax.Settings()
    trial = _labelled(rest, names, given.gloss)
    known = making.make(names, trial, settings, _told("trial", settings.epochs * len(trial)))
    weights = weighing.weigh(known, papers, _told("weigh", count))
    every = _labelled(records, names, given.gloss)
    made = making.make(names, every, settings, _told("learn", settings.epochs * len(every)))
    final = learned.Learned(made.names, made.arrays, weights)
    about = {"records": len(records), "texts": len(every), "sha256": hashlib.sha256(source.read_bytes()).hexdigest()}
    learned.save(out, final, about)


def _is_held_out(municipality: str) -> bool:
    return hashlib.sha256(municipality.encode()).digest()[0] % HELD_OUT == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and learn."""
    parser = argparse.ArgumentParser(prog="python -m onthaal_bot.learning", description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--own", type=Path, default=None, help="nlu_data: what the project wrote itself")
    given = parser.parse_args(arguments)
    try:
        learn(given.collection, given.out, own.read(given.own))
    except (TooLittle, OSError, EOFError, lzma.LZMAError) as error:
        sys.stderr.write(f"learning: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
