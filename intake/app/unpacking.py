"""Unpacks a backup one member at a time: only what a backup of ours holds, and never outside its folder."""

import gzip
import re
import shutil
import tarfile
from pathlib import Path

from intake import errors
from intake.app import backup

_FILE = re.compile(
    rf"{re.escape(backup.MANIFEST)}"
    rf"|{backup.TABLES}/[a-z_]+\.jsonl"
    rf"|{backup.DATA}/secrets/(?!\.\.?$)[^/\0]+"
    rf"|{backup.DATA}/[0-9a-f]{{2}}/[0-9a-f]{{2}}/[0-9a-f]{{64}}"
)
_FOLDER = re.compile(
    rf"{backup.TABLES}|{backup.DATA}|{backup.DATA}/secrets|{backup.DATA}/[0-9a-f]{{2}}(/[0-9a-f]{{2}})?"
)
_READ_BYTES = 1_048_576


def unpack(path: Path, folder: Path) -> None:
    """Unpack the backup at `path` into the empty `folder`.

    The standard library does this safely only from Python 3.11.4 on; and a backup holds so little that the names can
    be told one by one.

    Raises:
        BadSettings: the file cannot be opened, or holds something that no backup of ours has: a link, a device, a path
            that leads elsewhere, another name, or a name twice.
        tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError: it is no archive, or is broken.
        OSError: it cannot be read, or not be written.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise errors.BadSettings(f"{path} is niet te lezen ({error.strerror}).") from error
    with file, gzip.GzipFile(fileobj=file) as opened:
        with tarfile.open(fileobj=opened, mode="r:") as tar:
            for member in tar:
                _place(tar, member, path, folder)
        while opened.read(_READ_BYTES):  # the sum of all of it stands at the very end
            pass


def _place(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, folder: Path) -> None:
    target = folder / member.name
    if member.isdir() and _FOLDER.fullmatch(member.name):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    is_plain = member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not member.issparse()
    if not is_plain or not _FILE.fullmatch(member.name) or target.exists():
        raise errors.BadSettings(
            f"{path} bevat {member.name!r}, en dat hoort niet in een reservekopie van Onthaal. Er is niets teruggezet."
        )
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101 - a plain file has content
    with content, target.open("xb") as written:
        shutil.copyfileobj(content, written)
