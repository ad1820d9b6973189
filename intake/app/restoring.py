"""Brings an installation back from a backup: all of it, and on the disk, or nothing."""

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from intake import errors
from intake.app import backup, composition, unpacking
from intake.settings import Settings
from intake.store import archive, blobs

STAGE = ".restore-"
"""Begins the name of the folder in the data folder where a copy is unpacked: files move from there in one step."""
LOCK = "restore.lock"
_BROKEN = (
    tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, KeyError, ValueError, TypeError, AttributeError
)  # fmt: skip
"""What a file gives that is no archive, that was cut off, or whose list of contents has another form."""
NAMED = 5
"""So many damaged files are named at most."""


def restore(
    settings: Settings, path: Path, begin: Callable[[int], archive.Progress], *, skips_damaged: bool = False
) -> backup.Outcome:
    """Bring an installation back from `path` into an empty data folder and database.

    Nothing is written before every sum is checked. Files are on the disk before the rows that name them are committed,
    in one transaction; when anything fails, the files that were placed are taken away again. After a kill or a power
    cut it can be run again: files that are there already must be the same.

    Args:
        settings: where to.
        path: what `backup.write` made.
        begin: called with the number of rows, gives what hears of the progress.
        skips_damaged: leave out kept files that are not what their name says, instead of refusing.

    Raises:
        BadSettings: the file is no whole backup of ours, the database is not empty, or a hub serves it.
        StoreFull: the database or the disk cannot take it.
    """
    composition.make_data_dir(settings)
    try:
        with _alone(settings.data_dir), _stage(settings.data_dir) as folder:
            try:
                manifest = _unpack(path, folder)
                _check_contents(manifest, folder, path)
            except _BROKEN as error:
                raise errors.BadSettings(_no_backup(path)) from error
            damaged = _damaged(folder, path, skips_damaged=skips_damaged)
            rows = _bring_back(settings, manifest, folder, path, begin)
            return backup.Outcome(rows=rows, damaged=damaged, missing=tuple(manifest["missing"]))
    except OSError as error:
        raise errors.StoreFull(
            f"{path} kon niet worden teruggezet: {error}. Er is niets veranderd. Kijk naar de schijfruimte en de "
            "rechten op de gegevensmap, en draai het opnieuw."
        ) from error


def _no_backup(path: Path) -> str:
    return f"{path} is geen reservekopie van Onthaal, of is beschadigd."


@contextlib.contextmanager
def _alone(data_dir: Path) -> Generator[None]:
    """Only one copy at a time is brought back into a data folder."""
    descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise errors.BadSettings(f"In {data_dir} wordt al een kopie teruggezet. Wacht tot dat klaar is.") from error
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _stage(data_dir: Path) -> Generator[Path]:
    """A folder to unpack in; also clears away what one that was killed left."""
    for left in data_dir.glob(f"{STAGE}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=STAGE, dir=data_dir) as folder:
        yield Path(folder)


def _unpack(path: Path, folder: Path) -> Mapping[str, Any]:
    unpacking.unpack(path, folder)
    written = folder / backup.MANIFEST
    if not written.is_file():
        raise errors.BadSettings(_no_backup(path))
    manifest: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    if manifest["form"] != backup.FORM:
        raise errors.BadSettings("Deze reservekopie is van een nieuwere versie van Onthaal.")
    return manifest


def _check_contents(manifest: Mapping[str, Any], folder: Path, path: Path) -> None:
    """Every table is there and is what was written, and every file is there."""
    for name, expected in manifest["tables"].items():
        lines = folder / backup.TABLES / f"{name}.jsonl"
        if not lines.is_file():
            raise errors.BadSettings(_no_backup(path))
        with lines.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected["sha256"]:
                raise errors.BadSettings(_no_backup(path))
    for name in manifest["files"]:
        if not (folder / backup.DATA / name).is_file():
            raise errors.BadSettings(_no_backup(path))


def _damaged(folder: Path, path: Path, *, skips_damaged: bool) -> tuple[str, ...]:
    """Names of kept files that are not what their name says; they are taken out of `folder`."""
    wrong = [file for file in _files(folder) if blobs.FileBlobs.is_damaged(file)]
    names = tuple(file.name for file in wrong)
    if wrong and not skips_damaged:
        more = f" en {len(names) - NAMED} andere" if len(names) > NAMED else ""
        raise errors.BadSettings(
            f"{path} bevat beschadigde bestanden: {', '.join(names[:NAMED])}{more}. Er is niets teruggezet. Neem een "
            "andere kopie, of zet met `--skip-damaged` al het andere terug."
        )
    for file in wrong:
        file.unlink()
    return names


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in (folder / backup.DATA).rglob("*") if file.is_file())


def _bring_back(
    settings: Settings,
    manifest: Mapping[str, Any],
    folder: Path,
    path: Path,
    begin: Callable[[int], archive.Progress],
) -> int:
    of = composition.database_of(settings)
    count = sum(table["rows"] for table in manifest["tables"].values())

    def read(name: str) -> Iterator[str]:
        with (folder / backup.TABLES / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as lines:
            yield from lines

    with contextlib.ExitStack() as undo:
        is_new = not of.is_there()
        unlock = of.lock_for_hub()
        try:
            if is_new:
                undo.callback(_remove_database, settings.embedded_database)
            touched = {settings.data_dir}
            for file in _files(folder):
                target = settings.data_dir / file.relative_to(folder / backup.DATA)
                touched |= _make_folders(target.parent, settings.data_dir, undo)
                _place(file, target, undo)
            for each in touched:
                blobs.sync(each)
            try:
                archive.load(of, manifest["schema"], list(manifest["tables"]), read, begin(count))
            except (KeyError, ValueError) as error:
                raise errors.BadSettings(_no_backup(path)) from error
            blobs.sync(settings.data_dir)
            undo.pop_all()
        finally:
            unlock()
    return count


def _make_folders(leaf: Path, root: Path, undo: contextlib.ExitStack) -> set[Path]:
    """Make `leaf` and what is missing above it; returns the folders that will have a new name in them."""
    missing = [each for each in (leaf, *leaf.parents) if each.is_relative_to(root) and not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700)
        undo.callback(_remove_folder, each)
    return {leaf, *(each.parent for each in missing)}


def _place(file: Path, target: Path, undo: contextlib.ExitStack) -> None:
    """Put a file where it was; one that is there already must be the same."""
    if target.exists():
        if target.read_bytes() != file.read_bytes():
            raise errors.BadSettings(f"{target} is er al en is anders. Begin met een lege gegevensmap.")
        return
    file.chmod(0o600)
    blobs.sync(file)
    file.rename(target)
    undo.callback(target.unlink, missing_ok=True)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # something else came into it
        folder.rmdir()


def _remove_database(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
