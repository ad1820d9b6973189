"""Feeds that lie in files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from intake import errors
from intake.catalogue import importing

MAX_BYTES: Final = 256_000_000
"""Of one file; the collection of a whole country is smaller."""


def documents(source: Path, endings: Sequence[str]) -> list[importing.Document]:
    """The file, or the files with these endings in a folder, by name. Raises Invalid."""
    if not source.is_dir():
        return [importing.Document(name=source.name, content=content(source))]
    found = sorted(file for file in source.iterdir() if file.suffix.lower() in endings)
    if not found:
        raise errors.Invalid(f"In {source} staan geen bestanden met producten ({', '.join(endings)}).")
    return [importing.Document(name=file.name, content=content(file)) for file in found]


def content(file: Path) -> bytes:
    """The bytes of a file. Raises Invalid."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise errors.Invalid(f"{file} is groter dan {MAX_BYTES // 1_000_000} MB.")
        return file.read_bytes()
    except OSError as error:
        raise errors.Invalid(f"{file} is niet te lezen: {error.strerror}.") from error
