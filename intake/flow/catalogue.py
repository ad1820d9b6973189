"""Products into the catalogue: added, changed, withdrawn or the same; told apart, so that a refresh can be trusted."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from intake import errors, ports
from intake.domain import catalogue, feed, ids
from intake.flow import hub as hub_module

BATCH: Final = 200
"""Products in one commit: a large feed holds up nobody who writes beside it."""
FEW: Final = 10
MOST: Final = 0.5
"""More than these, in number and as a share of the feed, are not withdrawn by a plain refresh: a feed that broke at
night, or another one under the same name, must not empty the catalogue."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a load of products did.

    Attributes:
        added: how many were not there.
        changed: how many have another text now, or are offered again.
        same: how many are as they were.
        withdrawn: how many are no longer offered.
        taken: left out, because a product of another source is offered under their id.
        without_group: units of the products for which no group answers; their questions go to the front desk.
        not_withdrawn: why nothing was withdrawn though that was asked, in Dutch; empty: it was done, or not asked.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
    taken: tuple[ids.ProductId, ...] = ()
    without_group: tuple[ids.UnitId, ...] = ()
    not_withdrawn: str = ""


async def refresh(
    hub: hub_module.Hub,
    reading: feed.Reading,
    *,
    withdraw_others: bool = False,
    withdraw_most: bool = False,
    on_done: Callable[[int], None] = lambda _: None,
) -> Refresh:
    """Bring what was read of a feed into the catalogue; what the feed itself ended is withdrawn.

    Args:
        hub: the hub.
        reading: the new state.
        withdraw_others: whether products of this feed that it no longer has are withdrawn. Not done when the reading
            cannot tell, see `Reading.why_not_whole`.
        withdraw_most: whether that may be more than half of them.
        on_done: hears after each batch how many products it had.

    Raises:
        Invalid: `withdraw_others` and nothing read: that is never what an editor means.
    """
    if withdraw_others and not reading.products and not reading.ended:
        raise errors.Invalid("Er zijn geen producten gelezen. Er is niets gewijzigd.")
    outcomes: list[tuple[ids.ProductId, str]] = []
    for start in range(0, len(reading.products), BATCH):
        batch = reading.products[start : start + BATCH]
        outcomes += await _put(hub, batch, reading.undated)
        on_done(len(batch))
    said = [outcome for _, outcome in outcomes]
    gone, not_withdrawn = await _withdraw(
        hub, reading, others=withdraw_others, most=withdraw_most, added=said.count("added")
    )
    return Refresh(
        added=said.count("added"),
        changed=said.count("changed"),
        same=said.count("same"),
        withdrawn=gone,
        taken=tuple(product_id for product_id, outcome in outcomes if outcome == "taken"),
        without_group=await _without_group(hub, reading.products),
        not_withdrawn=not_withdrawn,
    )


async def _put(
    hub: hub_module.Hub, batch: Sequence[catalogue.Product], undated: frozenset[ids.ProductId]
) -> list[tuple[ids.ProductId, str]]:
    now = hub.clock.now()

    def work(uow: ports.UnitOfWork) -> list[tuple[ids.ProductId, str]]:
        renewed = [_with_own_examples(uow, each) for each in batch]
        done = [(each.id, uow.products.put(each, now, is_dated=each.id not in undated)) for each in renewed]
        uow.tell("catalogue")
        return done

    return await hub.store.write(work)


def _with_own_examples(uow: ports.UnitOfWork, fresh: catalogue.Product) -> catalogue.Product:
    """A product of a feed that tells no examples keeps those that the city gave it."""
    if fresh.examples or fresh.source == catalogue.WRITTEN:
        return fresh
    try:
        return dataclasses.replace(fresh, examples=uow.products.get(fresh.id).examples)
    except errors.NotFound:
        return fresh


async def _withdraw(
    hub: hub_module.Hub, reading: feed.Reading, *, others: bool, most: bool, added: int
) -> tuple[int, str]:
    """How many were withdrawn, and why the others of the feed were not; `added` of them were not there before."""
    now = hub.clock.now()
    kept = reading.kept() | reading.ended
    why_not = reading.why_not_whole() if others else ""

    def work(uow: ports.UnitOfWork) -> tuple[int, str]:
        here = uow.products.of_source(reading.source)
        gone = [one for one in here if one in reading.ended]
        lost = [one for one in here if one not in kept] if others and not why_not else []
        before = len(here) - added
        if most or len(lost) <= max(FEW, MOST * before):
            return _withdrawn(uow, [*gone, *lost], now), why_not
        too_many = f"het zouden er {len(lost)} van de {before} zijn; is dat de bedoeling, neem dan --withdraw-most"
        return _withdrawn(uow, gone, now), too_many

    return await hub.store.write(work)


def _withdrawn(uow: ports.UnitOfWork, gone: Sequence[ids.ProductId], now: datetime) -> int:
    count = sum(uow.products.withdraw(gone[start : start + BATCH], now) for start in range(0, len(gone), BATCH))
    if count:
        uow.tell("catalogue")
    return count


async def _without_group(hub: hub_module.Hub, products: Sequence[catalogue.Product]) -> tuple[ids.UnitId, ...]:
    named = {product.unit_id for product in products}
    known = await hub.store.read(lambda uow: {unit for unit, _, _ in uow.directory.units()})
    return tuple(sorted(named - known))
