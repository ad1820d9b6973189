"""Products into the catalogue: added, changed, withdrawn or the same; told apart, so that a refresh can be trusted."""

import dataclasses
from collections.abc import Sequence

from intake import errors, ports
from intake.domain import catalogue
from intake.flow import hub as hub_module


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a load of products did."""

    added: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0


async def refresh(
    hub: hub_module.Hub, products: Sequence[catalogue.Product], *, withdraw_others: bool = False
) -> Refresh:
    """Bring these products into the catalogue.

    Args:
        hub: the hub.
        products: the new state of each.
        withdraw_others: whether products that are not among them are withdrawn.

    Raises:
        Invalid: `withdraw_others` without a single product: that is never what an editor means.
    """
    if withdraw_others and not products:
        raise errors.Invalid("Er zijn geen producten gelezen. Er is niets gewijzigd.")
    now = hub.clock.now()

    def work(uow: ports.UnitOfWork) -> Refresh:
        outcomes = [uow.products.put(product, now) for product in products]
        gone = uow.products.withdraw_others([p.id for p in products], now) if withdraw_others else 0
        uow.tell("catalogue")
        return Refresh(
            added=outcomes.count("added"),
            changed=outcomes.count("changed"),
            same=outcomes.count("same"),
            withdrawn=gone,
        )

    return await hub.store.write(work)
