"""One measured figure: its rounds, its reference of the same rounds, and the bound it is held to."""

import dataclasses
import statistics
from collections.abc import Awaitable, Callable
from typing import Any

Tell = Callable[[str], None]
"""Says how far a measurement is."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured: `share` of the full sizes, in so many rounds."""

    rounds: int = 5
    share: float = 1.0

    def of(self, full: int, least: int = 1) -> int:
        """So many of `full`."""
        return max(least, round(full * self.share))


FULL = Scale()
TINY = Scale(rounds=1, share=0.01)
"""So small that its figures mean nothing; the tests run it so that the benchmarks cannot rot."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the hub, one value per round.

    Attributes:
        name: fixed, for the JSON.
        title: for people.
        unit: of `hub` and `bare`.
        hub: what the hub did.
        bare: what the reference did in the same rounds; empty when there is none.
        bound: of the ratio when there is a reference, else of the figure itself; None when nothing is asked.
        is_ceiling: whether the bound is the most that it may be, not the least.
        note: what the reader must know.
    """

    name: str
    title: str
    unit: str
    hub: tuple[float, ...]
    bare: tuple[float, ...] = ()
    bound: float | None = None
    is_ceiling: bool = False
    note: str = ""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Hub to reference, round by round."""
        return tuple(hub / bare for hub, bare in zip(self.hub, self.bare, strict=True)) if self.bare else ()

    @property
    def judged(self) -> float:
        """The median that the bound is about."""
        return statistics.median(self.ratios or self.hub)

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if self.bound is None:
            return None
        return self.judged <= self.bound if self.is_ceiling else self.judged >= self.bound

    def as_json(self) -> dict[str, Any]:
        """Everything, with the medians and the verdict."""
        return dataclasses.asdict(self) | {
            "hub_median": statistics.median(self.hub),
            "bare_median": statistics.median(self.bare) if self.bare else None,
            "ratios": self.ratios,
            "ratio_median": statistics.median(self.ratios) if self.bare else None,
            "holds": self.holds,
        }


async def in_turn(
    rounds: int,
    hub: Callable[[], Awaitable[float]],
    bare: Callable[[], Awaitable[float]],
    tell: Tell,
    rest: Callable[[], Awaitable[None]] | None = None,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure both in turn, so that both meet the same noise of the machine; one turn before that is not counted.

    Args:
        rounds: how many turns count.
        hub: one measurement of the hub.
        bare: one measurement of the reference.
        tell: hears of each round.
        rest: waits until the hub has nothing left to do, so that the reference has the machine for itself.
    """
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        tell(f"round {number} of {rounds}" if number else "warming up")
        theirs.append(await bare())
        ours.append(await hub())
        if rest is not None:
            await rest()
    return tuple(ours[1:]), tuple(theirs[1:])


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
