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

    def put(self, product: catalogue.Product, at: datetime) -> str:
        """Insert or renew; returns `added`, `changed` or `same`. A change keeps the old version."""
        ...

    def withdraw_others(self, keep: Sequence[ids.ProductId], at: datetime) -> int:
        """Withdraw every product that is not in `keep`; returns how many."""
        ...
