"""The catalogue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from intake.domain import catalogue, ids


class Products(Protocol):
    """The catalogue."""

    def get(self, product_id: ids.ProductId) -> catalogue.Product:
        """The present version, also when withdrawn. Raises NotFound."""
        ...

    def all(self) -> Sequence[catalogue.Product]:
        """All products that are not withdrawn, by theme and title."""
        ...

    def put(self, product: catalogue.Product, at: datetime, *, is_dated: bool = True) -> str:
        """Insert or renew; a change keeps the old version.

        Args:
            product: its new state.
            at: now.
            is_dated: False when its source tells no date of change: then a new date alone is no change.

        Returns:
            `added`, `changed`, `same`; or `taken` when a product of another source is offered under this id: nothing is
            written then.
        """
        ...

    def of_source(self, source: str) -> Sequence[ids.ProductId]:
        """The products of this source that are not withdrawn."""
        ...

    def withdraw(self, gone: Sequence[ids.ProductId], at: datetime) -> int:
        """Withdraw those of `gone` that are not withdrawn yet; returns how many."""
        ...
