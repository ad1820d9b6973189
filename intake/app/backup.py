"""A copy of a whole installation in one file: database, files and secrets; it fits either kind of database.

`restoring` brings it back.
"""

import dataclasses
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from intake import errors, ports
from intake.app import composition, refusals
from intake.settings import Settings
from intake.store import archive, blobs

FORM = 1
MANIFEST = "manifest.json"
DATA, TABLES = "data", "tables"
"""Folders in the file."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was copied, or brought back.

    Attributes:
        rows: how many.
        damaged: names of kept files whose content is not what it was.
        missing: names of kept files that a row names and that were not on the disk when the copy was made.
    """

    rows: int
    damaged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def write(settings: Settings, path: Path, clock: ports.Clock, begin: Callable[[int], archive.Progress]) -> Outcome:
    """Copy everything to `path`, which appears only when it is whole and on the disk; hubs may go on working.

    A kept file that the disk damaged is copied as it is, and told; so is one that is missing.

    Args:
        settings: where the installation is.
        path: the file to make; readable by its owner alone, as it holds what citizens wrote and the secrets.
        clock: to write down when it was.
        begin: called with the number of rows, gives what hears of the progress.

    Raises:
        BadSettings: the file is there already, or the database must be migrated first.
        StoreFull: the database cannot be read, or the file not be written.
    """
    _refuse_same(path)
    part: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
                outcome = _fill(tar, settings, clock, begin, path.parent)
            file.flush()
            os.fsync(file.fileno())
        _refuse_same(path)  # another backup may have been quicker
        part.rename(path)
        blobs.sync(path.parent)
    except OSError as error:
        reason = refusals.why(error, path.parent)
        raise errors.StoreFull(f"{path} kon niet worden geschreven: {reason}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return outcome


def _refuse_same(path: Path) -> None:
    if path.exists():
        raise errors.BadSettings(f"{path} bestaat al. Kies een andere naam.")


def _fill(
    tar: tarfile.TarFile,
    settings: Settings,
    clock: ports.Clock,
    begin: Callable[[int], archive.Progress],
    room: Path,
) -> Outcome:
    """Tables first: a file is on the disk before a row names it, so every file of these rows is there after them.

    `room` is a folder with room for the largest table.
    """
    sums: dict[str, dict[str, Any]] = {}
    named: set[str] = set()
    progress: archive.Progress | None = None

    def counted(rows: int) -> None:
        nonlocal progress
        progress = begin(rows)

    def take(name: str, lines: Iterator[str]) -> None:
        with tempfile.TemporaryFile(dir=room) as spool:
            digest, rows = hashlib.sha256(), 0
            for line in lines:
                written = line.encode() + b"\n"
                digest.update(written)
                spool.write(written)
                rows += 1
                if (file := archive.file_named(name, line)) is not None:
                    named.add(file)
                if progress is not None:
                    progress(1)
            sums[name] = {"rows": rows, "sha256": digest.hexdigest()}
            _add(tar, f"{TABLES}/{name}.jsonl", spool)

    version = archive.dump(composition.database_of(settings), take, counted)
    damaged: list[str] = []
    files = list(_files(settings.data_dir))
    missing = sorted(named - {path.name for path in files})
    for path in files:
        if blobs.FileBlobs.is_damaged(path):
            damaged.append(path.name)
        with path.open("rb") as file:
            _add(tar, f"{DATA}/{path.relative_to(settings.data_dir)}", file)
    manifest = {
        "form": FORM,
        "schema": version,
        "made_at": clock.now().isoformat(),
        "tables": sums,
        "files": [str(path.relative_to(settings.data_dir)) for path in files],
        "missing": missing,
    }
    _add(tar, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))
    return Outcome(rows=sum(table["rows"] for table in sums.values()), damaged=tuple(damaged), missing=tuple(missing))


def _files(data_dir: Path) -> Iterator[Path]:
    """Files of citizens and the secrets; models, logs and the snapshot are made anew."""
    yield from sorted(blobs.FileBlobs(data_dir).paths())
    yield from sorted(path for path in (data_dir / "secrets").glob("*") if path.is_file())


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = content.seek(0, io.SEEK_END)
    entry.mode = 0o600
    content.seek(0)
    tar.addfile(entry, content)
