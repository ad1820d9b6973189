"""A hub whose disk can be filled and freed at will: a small one of its own, or a limit of the kernel on its files."""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tests.support import running

MEGABYTES = 40
_MOUNT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
_THEN = f'mount -t tmpfs -o size={MEGABYTES}m none "$0" && exec "$@"'


class Disk(Protocol):
    """What a test does to the disk of a hub that runs."""

    demo: running.RunningDemo

    def fill(self) -> None:
        """Leave no room; again and again, as the hub frees some itself."""
        ...

    def free(self) -> None:
        """There is room again."""
        ...


class OwnDisk:
    """A real file system of `MEGABYTES`, mounted in a namespace that only the hub is in; needs no root."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.demo = running.RunningDemo(folder, **settings)
        self.demo.command = [*_MOUNT, _THEN, str(folder), *self.demo.command]
        self.demo.start()
        self.demo.beside = ["nsenter", f"--target={self.demo.pid}", "--user", "--mount", "--preserve-credentials"]
        self._filler = Path(f"/proc/{self.demo.pid}/root{folder}/filler")

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            for size in (1_048_576, 4096, 1):
                with contextlib.suppress(OSError):
                    while filler.write(b"x" * size) == size:
                        pass

    def free(self) -> None:
        self._filler.unlink()


class FileLimit:
    """No file of the hub may be written any more: works where nothing can be mounted."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.demo = running.RunningDemo(folder, **settings).start()
        self._before = resource.prlimit(self.demo.pid, resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.prlimit(self.demo.pid, resource.RLIMIT_FSIZE, (0, self._before[1]))

    def free(self) -> None:
        resource.prlimit(self.demo.pid, resource.RLIMIT_FSIZE, self._before)


def _can_mount() -> bool:
    done = subprocess.run([*_MOUNT, _THEN, "/mnt", "true"], capture_output=True, check=False, timeout=10)
    return done.returncode == 0


KINDS: dict[str, type[OwnDisk] | type[FileLimit]] = {
    "a limit on files": FileLimit,
    **({"a disk of its own": OwnDisk} if _can_mount() else {}),
}
"""What this machine allows; the limit works everywhere."""


@contextlib.contextmanager
def running_on(kind: str, folder: Path, **settings: str) -> Iterator[Disk]:
    """A demo hub without bot on such a disk."""
    disk = KINDS[kind](folder, **running.NO_BOT, **settings)
    try:
        yield disk
    finally:
        if disk.demo.process is not None and disk.demo.process.poll() is None:
            disk.demo.stop()
