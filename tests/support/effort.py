"""Processor time of a hub and of all that it started: what work costs, however busy the machine is otherwise."""

import dataclasses
import os
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Seconds of processor time: of the process itself, and of its children, those that ended included."""

    own: float
    children: float

    def __sub__(self, earlier: "Effort") -> "Effort":
        return Effort(own=self.own - earlier.own, children=self.children - earlier.children)


def of(pid: int) -> Effort:
    """What a process and its children have spent so far. Source: proc(5), the fields of stat."""
    while True:
        own, ended = _times(pid)
        living = sum(_times(child)[0] for child in _children(pid))
        if _times(pid)[1] == ended:  # else a child ended meanwhile and would count twice, or not
            return Effort(own=own, children=ended + living)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in _read(task / "children").split()]


def _times(pid: int) -> tuple[float, float]:
    """Spent by the process, and by the children that it waited for."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    own, children = (sum(map(int, fields[first : first + 2])) * _TICK_SECONDS for first in (11, 13))
    return own, children


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
