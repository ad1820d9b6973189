"""The key of a trained model: a hash over everything that training reads.

Standard library only, so that the hub can run it with any Python 3.11: when the key did not change,
training can be skipped. Catalogue and ranking code are read when the bot starts, not when it is trained.
"""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

BOT = Path(__file__).resolve().parent.parent
NLU_DATA = BOT.parent / "nlu_data"
CONFIG = BOT / "config.yml"
DOMAIN = BOT / "domain.yml"
LOCK = BOT / "uv.lock"


def training_files(nlu_data: Path = NLU_DATA) -> list[Path]:
    """The files Rasa trains on, sorted: `*.yml` directly in nlu_data, so no evaluation sets and no guides."""
    return sorted(nlu_data.glob("*.yml"))


def of(paths: Iterable[Path]) -> str:
    """The key of these files: 16 hexadecimal digits over names and contents, whatever folder they are in.

    Raises:
        FileNotFoundError: when one of them is missing.
    """
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def current(nlu_data: Path = NLU_DATA) -> str:
    """The key of the model that training now would make."""
    return of([CONFIG, DOMAIN, LOCK, *training_files(nlu_data)])


if __name__ == "__main__":
    sys.stdout.write(f"{current()}\n")
