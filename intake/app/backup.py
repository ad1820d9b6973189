"""A copy of a whole installation in one file: database, files and secrets; it fits either kind of database."""

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
from intake.app import composition
from intake.settings import Settings
from intake.store import archive, blobs

FORM = 1
MANIFEST = "manifest.json"
_NO_BACKUP = "{path} is geen reservekopie van Onthaal, of is beschadigd."


def write(settings: Settings, path: Path, clock: ports.Clock, begin: Callable[[int], archive.Progress]) -> int:
    """Copy everything to `path`, which appears only when it is whole; hubs may go on working.

    Args:
        settings: where the installation is.
        path: the file to make; readable by its owner alone, as it holds what citizens wrote and the secrets.
        clock: to write down when it was.
        begin: called with the number of rows, gives what hears of the progress.

    Returns:
        How many rows were copied.

    Raises:
        BadSettings: the file is there already, or the database must be migrated first.
        StoreFull: the database cannot be read, or the file not be written.
    """
    if path.exists():
        raise errors.BadSettings(f"{path} bestaat al. Kies een andere naam.")
    part = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
                count = _fill(tar, settings, clock, begin)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise errors.StoreFull(f"{path} kon niet worden geschreven ({error.strerror}). Is er plaats?") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def restore(settings: Settings, path: Path, begin: Callable[[int], archive.Progress]) -> int:
    """Bring an installation back from `path` into an empty data folder and database; returns the number of rows.

    Raises:
        BadSettings: the file is no whole backup of ours, the database is not empty, or a hub serves it.
        StoreFull: the database or the disk cannot take it.
    """
    try:
        with tarfile.open(path, "r:gz") as tar, tempfile.TemporaryDirectory() as folder:
            manifest = _unpack(tar, Path(folder))
            _check(manifest, Path(folder), path)
            return _bring_back(settings, manifest, Path(folder), begin)
    except (tarfile.TarError, EOFError, KeyError, ValueError) as error:
        raise errors.BadSettings(_NO_BACKUP.format(path=path)) from error
    except OSError as error:
        raise errors.StoreFull(f"{path} kon niet worden gelezen of teruggezet: {error}.") from error


def _fill(
    tar: tarfile.TarFile, settings: Settings, clock: ports.Clock, begin: Callable[[int], archive.Progress]
) -> int:
    """Tables first: a file is on the disk before a row names it, so every file of these rows is there after them."""
    sums: dict[str, dict[str, Any]] = {}
    progress: archive.Progress | None = None

    def counted(rows: int) -> None:
        nonlocal progress
        progress = begin(rows)

    def take(name: str, lines: Iterator[str]) -> None:
        with tempfile.TemporaryFile() as spool:
            digest, rows = hashlib.sha256(), 0
            for line in lines:
                written = line.encode() + b"\n"
                digest.update(written)
                spool.write(written)
                rows += 1
                if progress is not None:
                    progress(1)
            sums[name] = {"rows": rows, "sha256": digest.hexdigest()}
            _add(tar, f"tables/{name}.jsonl", spool)

    version = archive.dump(composition.database_of(settings), take, counted)
    for file in _files(settings.data_dir):
        tar.add(file, arcname=f"data/{file.relative_to(settings.data_dir)}", recursive=False)
    manifest = {"form": FORM, "schema": version, "made_at": clock.now().isoformat(), "tables": sums}
    _add(tar, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))
    return sum(table["rows"] for table in sums.values())


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


def _unpack(tar: tarfile.TarFile, folder: Path) -> dict[str, Any]:
    tar.extractall(folder, filter="data")
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["form"] != FORM:
        raise errors.BadSettings("Deze reservekopie is van een nieuwere versie van Onthaal.")
    return manifest


def _check(manifest: dict[str, Any], folder: Path, path: Path) -> None:
    """Every table is there and is what was written."""
    for name, expected in manifest["tables"].items():
        with (folder / "tables" / f"{name}.jsonl").open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected["sha256"]:
                raise errors.BadSettings(_NO_BACKUP.format(path=path))


def _bring_back(
    settings: Settings, manifest: dict[str, Any], folder: Path, begin: Callable[[int], archive.Progress]
) -> int:
    composition.make_data_dir(settings)
    of = composition.database_of(settings)
    unlock = of.lock_for_hub()
    try:
        for file in sorted((folder / "data").rglob("*")):
            target = settings.data_dir / file.relative_to(folder / "data")
            if file.is_file():
                _place(file, target)
        count = sum(table["rows"] for table in manifest["tables"].values())

        def read(name: str) -> Iterator[str]:
            source = folder / "tables" / f"{name}.jsonl"
            if source.exists():
                with source.open(encoding="utf-8", newline="\n") as lines:
                    yield from lines

        archive.load(of, manifest["schema"], read, begin(count))
    finally:
        unlock()
    return count


def _place(file: Path, target: Path) -> None:
    """Put a file where it was; one that is there already must be the same."""
    content = file.read_bytes()
    if target.exists():
        if target.read_bytes() != content:
            raise errors.BadSettings(f"{target} is er al en is anders. Begin met een lege gegevensmap.")
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as made:
        made.write(content)
        made.flush()
        os.fsync(made.fileno())
