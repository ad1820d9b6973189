"""The programs that are measured: a whole demo city with its bot, and a bare reference beside it."""

import asyncio
import contextlib
import os
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

from tests.support import loopback, running

OPEN_FILES = 20_000
DRAIN_SECONDS = 900
# One client machine plays a whole city; these limits are against exactly that.
LIMITS = {
    "ONTHAAL_CHANNELS__WEBCHAT__MAX_CONNECTIONS_PER_IP": "100000",
    "ONTHAAL_CHANNELS__WEBCHAT__MESSAGES_PER_MINUTE": "100000",
    "ONTHAAL_CHANNELS__EMAIL__MAX_CONNECTIONS_PER_IP": "200",
}


class City:
    """A running demo city: the processes of `make run`, on free ports, with a data folder of its own."""

    def __init__(self, demo: running.RunningDemo) -> None:
        self.demo = demo
        self.url = demo.url
        self.smtp_port = demo.smtp_port

    def count(self, what: str) -> int:
        """One number from the hub's database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.demo.data_dir}/onthaal.sqlite3?mode=ro", uri=True)) as db:
            return db.execute(what).fetchone()[0]

    def receipts(self) -> int:
        """How many deliveries are kept."""
        return self.count("SELECT count(*) FROM receipt")

    def unfinished(self) -> int:
        """How many jobs wait or run, but for the looks a minute later whether a chat message was seen."""
        return self.count("SELECT count(*) FROM job WHERE state IN ('todo', 'doing') AND kind <> 'follow_chat'")

    async def rest(self) -> None:
        """Wait until all work is done."""
        async with asyncio.timeout(DRAIN_SECONDS):
            while self.unfinished():  # noqa: ASYNC110 - the hub is another process
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def open_city(**settings: str) -> AsyncGenerator[City]:
    """Run a demo city."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    with tempfile.TemporaryDirectory(prefix="onthaal-bench-") as folder:
        demo = running.RunningDemo(Path(folder), **LIMITS, **settings)
        try:
            await asyncio.to_thread(demo.start)
            yield City(demo)
        finally:
            if demo.process is not None and demo.process.poll() is None:
                await asyncio.to_thread(demo.stop)


@contextlib.contextmanager
def bare(kind: str) -> Generator[tuple[int, int]]:
    """Run a bare reference (see `benchmarks.bare`); gives its port and its process id."""
    (port,) = loopback.free_ports(1)
    with subprocess.Popen([sys.executable, "-m", "benchmarks.bare", kind, str(port)], cwd=running.ROOT) as program:
        try:
            running.wait_until(lambda: _answers(port), 20, "the bare reference listens")
            yield port, program.pid
        finally:
            program.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def rss_kib(pid: int) -> int:
    """Resident memory of one process in KiB. Source: proc(5)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


def cpu_seconds(pid: int) -> float:
    """Processor time of one process so far. Source: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Wall clock and processor time of one process over a stretch of work."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began, self._cpu = time.perf_counter(), cpu_seconds(pid)

    def per(self, count: int) -> tuple[float, float]:
        """How many a second, and milliseconds of processor each."""
        least = 1 / os.sysconf("SC_CLK_TCK")  # the kernel counts in ticks; less than one is seen as none
        spent = max(least, cpu_seconds(self._pid) - self._cpu)
        return count / (time.perf_counter() - self._began), spent / count * 1000
