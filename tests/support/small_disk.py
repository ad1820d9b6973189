"""A hub whose disk can be filled and freed at will: a small one of its own, or writing that the kernel refuses."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tests.support import running

MEGABYTES = 40
MOUNTING = (
    ("unshare", "--user", "--map-root-user", "--mount"),
    ("unshare", "--mount"),  # where user namespaces are forbidden and the tests run as root
)
_THEN = f'mount -t tmpfs -o size={MEGABYTES}m none "$0" && exec "$@"'
NOT_MOUNTED = (
    "test_full_disk: nothing may be mounted here, so no real small disk was filled; the kernel's refusals came from "
    "strace instead. To fill a real one, run the tests as root, or first:\n"
    "  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 user.max_user_namespaces=10000"
)
"""What a run of the tests says at its end where it had to do without a disk."""
_TRACEABLE = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Lets any process of the same account trace what is started. Source: prctl(2), PR_SET_PTRACER."""


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
    """A real file system of `MEGABYTES`, mounted in a namespace that only the hub is in."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.demo = running.RunningDemo(folder, **settings)
        way = mounting()
        assert way is not None, NOT_MOUNTED
        self.demo.command = [*way, "sh", "-c", _THEN, str(folder), *self.demo.command]
        self.demo.start()
        inside = ["--user", "--preserve-credentials"] if "--user" in way else []
        self.demo.beside = ["nsenter", f"--target={self.demo.pid}", "--mount", *inside]
        self._filler = Path(f"/proc/{self.demo.pid}/root{folder}/filler")

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            for size in (1_048_576, 4096, 1):
                with contextlib.suppress(OSError):
                    while filler.write(b"x" * size) == size:
                        pass

    def free(self) -> None:
        self._filler.unlink()


class NoSpaceLeft:
    """Every write to a place in a file, and every wait for the disk, is answered by ENOSPC: SQLite's and the blobs'."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.demo = running.RunningDemo(folder, **settings)
        self.demo.command = [sys.executable, "-c", _TRACEABLE, *self.demo.command]
        self.demo.start()
        self._tracer: subprocess.Popen[bytes] | None = None

    def fill(self) -> None:
        if self._tracer is None:
            refused = "pwrite64,pwritev,fallocate,ftruncate,fsync,fdatasync"
            self._tracer = subprocess.Popen(
                ["strace", "--follow-forks", f"--attach={self.demo.pid}", f"--output={os.devnull}",
                 f"--trace={refused}", f"--inject={refused}:error=ENOSPC"],
                stderr=subprocess.PIPE,
            )  # fmt: skip
        assert self._tracer.poll() is None, self._tracer.communicate()[1].decode()

    def free(self) -> None:
        if self._tracer is not None:
            self._tracer.send_signal(signal.SIGINT)  # lets go of the hub
            self._tracer.communicate(timeout=30)
            self._tracer = None


class FileLimit:
    """No file of the hub may be written any more."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.demo = running.RunningDemo(folder, **settings).start()
        self._before = resource.prlimit(self.demo.pid, resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.prlimit(self.demo.pid, resource.RLIMIT_FSIZE, (0, self._before[1]))

    def free(self) -> None:
        resource.prlimit(self.demo.pid, resource.RLIMIT_FSIZE, self._before)


def mounting() -> tuple[str, ...] | None:
    """The first of `MOUNTING` that this machine allows."""
    for way in MOUNTING:
        done = subprocess.run([*way, "sh", "-c", _THEN, "/mnt", "true"], capture_output=True, check=False, timeout=10)
        if done.returncode == 0:
            return way
    return None


def kinds() -> dict[str, type[Disk]]:
    """A limit, and a full disk: a real one, or where nothing may be mounted the kernel's word for one."""
    full = {"a disk of its own": OwnDisk} if mounting() else {"no space left": NoSpaceLeft}
    return {"a limit on files": FileLimit, **full}


KINDS = kinds()


@contextlib.contextmanager
def running_on(kind: str, folder: Path, **settings: str) -> Iterator[Disk]:
    """A demo hub without bot on such a disk."""
    disk = KINDS[kind](folder, **running.NO_BOT, **settings)
    try:
        yield disk
    finally:
        if disk.demo.process is not None and disk.demo.process.poll() is None:
            disk.demo.stop()
