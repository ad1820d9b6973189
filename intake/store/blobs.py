"""Files named by the SHA-256 of their content; a name is given only when the bytes are on the disk."""

import asyncio
import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from intake import errors

_NAME = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """See `ports.Blobs`. The file of `abcdef…` is `<directory>/ab/cd/abcdef…`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._making = threading.Lock()

    async def put(self, content: bytes) -> str:
        """See `ports.Blobs`."""
        return await asyncio.to_thread(self.keep, content)

    async def get(self, sha256: str) -> bytes:
        """See `ports.Blobs`."""
        return await asyncio.to_thread(self.load, sha256)

    def keep(self, content: bytes) -> str:
        """As `put`, for a thread of the store.

        Raises:
            StoreFull: the disk could not take it.
        """
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        try:
            self._make(path.parent)
            if not path.exists():
                _write(path, content)
            sync(path.parent)  # also when it was there: its name may not be durable yet
        except OSError as error:
            raise errors.StoreFull(
                "Een bestand kon niet worden bewaard. Kijk naar de schijfruimte, en probeer het opnieuw."
            ) from error
        return name

    def load(self, sha256: str, limit_bytes: int = -1) -> bytes:
        """As `get`, for a thread of the store; at most `limit_bytes` when that is not negative."""
        if not _NAME.fullmatch(sha256):
            raise errors.NotFound("There is no such file.")
        try:
            with self._path(sha256).open("rb") as file:
                return file.read(limit_bytes)
        except FileNotFoundError as error:
            raise errors.NotFound(f"The file {sha256} is gone.") from error

    def paths(self) -> Iterator[Path]:
        """Every file that is kept."""
        return (path for path in self._directory.glob("[0-9a-f][0-9a-f]/*/*") if _NAME.fullmatch(path.name))

    @staticmethod
    def is_damaged(path: Path) -> bool:
        """Whether a file that is named like a kept one is not what its name says."""
        if not _NAME.fullmatch(path.name):
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != path.name

    def _path(self, name: str) -> Path:
        return self._directory / name[:2] / name[2:4] / name

    def _make(self, leaf: Path) -> None:
        """Make the directories, each durable in its parent before a file is named in it."""
        if leaf.is_dir():
            return
        with self._making:
            for directory in (self._directory, leaf.parent, leaf):
                directory.mkdir(parents=True, exist_ok=True)
                sync(directory.parent)


def _write(path: Path, content: bytes) -> None:
    """Write beside `path`, flush to the disk, then rename: nobody ever sees half a file."""
    descriptor, temporary = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Flush a file, or the names in a directory, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
