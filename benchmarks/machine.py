"""What the figures were measured on, asked from the machine itself."""

import importlib.metadata
import os
import platform
import sqlite3
import tempfile
import time
from pathlib import Path

SYNCS = 200
BLOCK = b"\0" * 8192


def syncs_per_second(folder: Path) -> float:
    """How often the disk under `folder` makes 8 KiB durable in a second."""
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        for _ in range(SYNCS):
            file.write(BLOCK)
            file.flush()
            os.fdatasync(file.fileno())
        return SYNCS / (time.perf_counter() - began)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def describe(folder: Path) -> dict[str, str]:
    """Label and value of everything that matters to the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("aiohttp", "aiosmtpd", "SQLAlchemy")
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "disk": f"{syncs_per_second(folder):.0f} durable 8 KiB writes/s",
        "load before the run": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
            + [f"{name} {importlib.metadata.version(name)}" for name in packages]
        ),
    }
