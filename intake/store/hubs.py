"""The hubs that share a database: their leases, their open chats, and what is the same for all of them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake.domain import ids
from intake.store import tables
from intake.store.transaction import Transaction

_l = tables.lease
_o = tables.open_chat
_i = tables.installation


class Hubs:
    """See `ports.Hubs`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def hold(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """See `ports.Hubs`."""
        insert = postgresql.insert(_l).values(name=name, holder=holder, until=until)
        taken = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            where=(_l.c.holder == holder) | (_l.c.until < now),
        )
        return self._in.connection.execute(taken.returning(_l.c.name)).one_or_none() is not None

    def let_go(self, name: str, holder: str) -> None:
        """See `ports.Hubs`."""
        self._in.changed(sa.delete(_l).where(_l.c.name == name, _l.c.holder == holder))

    def ended(self, kind: str, now: datetime) -> Sequence[str]:
        """See `ports.Hubs`. There are as many leases as hubs and duties: few."""
        begins = _l.c.name.startswith(f"{kind}:", autoescape=True)
        over = sa.select(_l.c.holder).where(begins, _l.c.until < now).order_by(_l.c.name)
        return self._in.connection.execute(over).scalars().all()

    def forget(self, holder: str | None) -> None:
        """See `ports.Hubs`."""
        chats, leases = sa.delete(_o), sa.delete(_l)
        if holder is not None:
            chats, leases = chats.where(_o.c.hub == holder), leases.where(_l.c.holder == holder)
        self._in.changed(chats)
        self._in.changed(leases)

    def open_chat(self, conversation_id: ids.ConversationId, holder: str) -> None:
        """See `ports.Hubs`."""
        row = {"conversation_id": conversation_id, "hub": holder}
        self._in.connection.execute(postgresql.insert(_o).on_conflict_do_nothing(), row)

    def close_chat(self, conversation_id: ids.ConversationId, holder: str) -> None:
        """See `ports.Hubs`."""
        self._in.changed(sa.delete(_o).where(_o.c.conversation_id == conversation_id, _o.c.hub == holder))

    def open_chats(self, holder: str) -> AbstractSet[ids.ConversationId]:
        """See `ports.Hubs`."""
        return set(self._in.connection.execute(sa.select(_o.c.conversation_id).where(_o.c.hub == holder)).scalars())

    def has_open_chat(self, conversation_id: ids.ConversationId) -> bool:
        """See `ports.Hubs`."""
        found = sa.select(_o.c.hub).where(_o.c.conversation_id == conversation_id).limit(1)
        return self._in.connection.execute(found).one_or_none() is not None

    def fixed(self, name: str, value: str) -> str:
        """See `ports.Hubs`."""
        insert = postgresql.insert(_i).on_conflict_do_nothing(index_elements=["name"])
        self._in.connection.execute(insert, {"name": name, "value": value})
        return self._in.connection.execute(sa.select(_i.c.value).where(_i.c.name == name)).scalar_one()
