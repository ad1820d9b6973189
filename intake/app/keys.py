"""Secrets of this installation: made once, kept in files that only the hub's own user can read."""

import os
from pathlib import Path

from intake import errors

KEY_BYTES = 32


def key(folder: Path, name: str) -> bytes:
    """The secret `name`; made at first use. It must survive restarts: tokens in mails are signed with it.

    Raises:
        BadSettings: the file is there but holds no secret.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / name
    if not path.exists():
        _make(path, os.urandom(KEY_BYTES))
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise errors.BadSettings(f"{path} is beschadigd. Zet een reservekopie terug, of verwijder het bestand.")
    return secret


def read_text(path: Path) -> str:
    """The secret in a text file, without its line end; empty when there is no such file.

    Raises:
        BadSettings: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadSettings(f"{path} is niet te lezen ({error}).") from error


def write_private(path: Path, text: str, *, group_reads: bool = False) -> None:
    """Write a file that only the hub's own user can read, or also that user's group.

    Raises:
        BadSettings: it cannot be written.
    """
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o750 if group_reads else 0o700)
        _write(path, text.encode(), 0o640 if group_reads else 0o600)
    except OSError as error:
        raise errors.BadSettings(f"{path} is niet te schrijven ({error.strerror}).") from error


def _make(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; of two hubs that start at the same moment one wins, and both use its file."""
    mine = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    _write(mine, content)
    try:
        path.hardlink_to(mine)
    except FileExistsError:
        pass  # the other was first
    finally:
        mine.unlink()


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Whole or not at all, also when the disk is full or the machine stops."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask is
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
