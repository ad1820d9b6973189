"""The catalogue, with every version that was ever cited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake.domain import catalogue, ids
from intake.store import encoding, tables
from intake.store.transaction import Transaction

_t = tables.product
_v = tables.product_version
_PRESENT = sa.select(_t.c.id, _t.c.version, _t.c.withdrawn_at, _v.c.content).join(
    _v, (_v.c.product_id == _t.c.id) & (_v.c.version == _t.c.version)
)


class Products:
    """See `ports.Products`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, product_id: ids.ProductId) -> catalogue.Product:
        """See `ports.Products`."""
        row = self._in.row(_PRESENT.where(_t.c.id == product_id), f"There is no product {product_id}.")
        return encoding.product_of(row)

    def all(self) -> Sequence[catalogue.Product]:
        """See `ports.Products`."""
        offered = _PRESENT.where(_t.c.withdrawn_at.is_(None)).order_by(_t.c.theme, _t.c.title, _t.c.id)
        return [encoding.product_of(row) for row in self._in.connection.execute(offered)]

    def put(self, product: catalogue.Product, at: datetime, *, is_dated: bool = True) -> str:
        """See `ports.Products`. The version is counted here; what `product` says of it is ignored."""
        content = encoding.product_json(product)
        present = self._in.locked(_PRESENT.where(_t.c.id == product.id))
        known = self._in.connection.execute(present).one_or_none()
        if known is None:
            row = {"id": product.id, "version": 1, **_shown(product)}
            self._in.connection.execute(sa.insert(_t), row)
            self._add_version(product.id, 1, content, at)
            return "added"
        before = encoding.product_now(known.content)
        if before["source"] != product.source and known.withdrawn_at is None:
            return "taken"
        if not is_dated and {**content, "changed": before["changed"]} == before:
            content = before
        if before == content and known.withdrawn_at == product.withdrawn_at:
            return "same"
        version = known.version
        if before != content:
            version += 1
            self._add_version(product.id, version, content, at)
        self._in.changed(sa.update(_t).where(_t.c.id == product.id).values(version=version, **_shown(product)))
        return "changed"

    def of_source(self, source: str) -> Sequence[ids.ProductId]:
        """See `ports.Products`."""
        return [product.id for product in self.all() if product.source == source]

    def withdraw(self, gone: Sequence[ids.ProductId], at: datetime) -> int:
        """See `ports.Products`."""
        offered = sa.update(_t).where(_t.c.withdrawn_at.is_(None), _t.c.id.in_(gone))
        return self._in.changed(offered.values(withdrawn_at=at))

    def _add_version(self, product_id: ids.ProductId, version: int, content: dict[str, Any], at: datetime) -> None:
        row = {"product_id": product_id, "version": version, "content": content, "at": at}
        self._in.connection.execute(sa.insert(_v), row)


def _shown(product: catalogue.Product) -> dict[str, Any]:
    return {"theme": product.theme, "title": product.title_in("nl"), "withdrawn_at": product.withdrawn_at}
