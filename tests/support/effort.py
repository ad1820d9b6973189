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
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [one for one in found if _fields(one)[1:2] == [str(pid)]]


def _times(pid: int) -> tuple[float, float]:
    """Spent by the process, and by the children that it waited for."""
    fields = _fields(pid)
    if not fields:
        return 0.0, 0.0
    own, children = (sum(map(int, fields[first : first + 2])) * _TICK_SECONDS for first in (11, 13))
    return own, children


def _fields(pid: int) -> list[str]:
    """The fields of stat from the state on; none when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
