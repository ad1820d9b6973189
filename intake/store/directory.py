"""Groups, employees, units and their log-ins."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors, ports
from intake.domain import handler_group, ids
from intake.store import encoding, tables
from intake.store.transaction import Statement, Transaction

_g = tables.handler_group
_u = tables.unit
_e = tables.employee
_m = tables.group_member
_s = tables.login_session
_k = tables.api_token
_EMPLOYEE = sa.select(_e.c.id, _e.c.name, _e.c.email, _e.c.role, _e.c.is_active)

MARK_CHARS = 8
"""So much of a token's hash tells tokens apart; it opens nothing."""


class Directory:
    """See `ports.Directory`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def groups(self) -> Sequence[handler_group.HandlerGroup]:
        """See `ports.Directory`."""
        statement = sa.select(_g).order_by(_g.c.is_front_desk.desc(), _g.c.name, _g.c.id)
        return [encoding.group_of(row) for row in self._in.connection.execute(statement)]

    def group(self, group_id: ids.GroupId) -> handler_group.HandlerGroup:
        """See `ports.Directory`."""
        row = self._in.row(sa.select(_g).where(_g.c.id == group_id), f"There is no handler group {group_id}.")
        return encoding.group_of(row)

    def put_group(self, group: handler_group.HandlerGroup) -> None:
        """See `ports.Directory`."""
        if group.is_front_desk:
            others = sa.update(_g).where(_g.c.is_front_desk.is_(True), _g.c.id != group.id)
            self._in.changed(others.values(is_front_desk=False))
        self._put(_g, encoding.to_row(group) | {"calendar": encoding.calendar_json(group.calendar)})

    def group_of_unit(self, unit_id: ids.UnitId) -> ids.GroupId | None:
        """See `ports.Directory`."""
        found = self._in.connection.execute(sa.select(_u.c.group_id).where(_u.c.id == unit_id)).scalar_one_or_none()
        return None if found is None else ids.GroupId(found)

    def units(self) -> Sequence[tuple[ids.UnitId, str, ids.GroupId]]:
        """See `ports.Directory`."""
        rows = self._in.connection.execute(sa.select(_u).order_by(_u.c.id))
        return [(ids.UnitId(row.id), row.name, ids.GroupId(row.group_id)) for row in rows]

    def put_unit(self, unit_id: ids.UnitId, name: str, group_id: ids.GroupId) -> None:
        """See `ports.Directory`."""
        self._put(_u, {"id": unit_id, "name": name, "group_id": group_id})

    def employee(self, employee_id: ids.EmployeeId) -> handler_group.Employee:
        """See `ports.Directory`."""
        found = self._employees(_EMPLOYEE.where(_e.c.id == employee_id))
        if not found:
            raise errors.NotFound(f"There is no employee {employee_id}.")
        return found[0]

    def employees(self) -> Sequence[handler_group.Employee]:
        """See `ports.Directory`."""
        return self._employees(_EMPLOYEE.order_by(_e.c.name, _e.c.id))

    def put_employee(self, employee: handler_group.Employee, password_hash: str | None) -> None:
        """See `ports.Directory`. The e-mail address is kept in lower case."""
        row: dict[str, Any] = {
            "id": employee.id,
            "name": employee.name,
            "email": employee.email.lower(),
            "role": employee.role,
            "is_active": employee.is_active,
        }
        if password_hash is not None:
            row["password_hash"] = password_hash
        self._put(_e, row)
        self._in.changed(sa.delete(_m).where(_m.c.employee_id == employee.id))
        if employee.groups:
            members = [
                {"employee_id": employee.id, "group_id": group_id, "position": position}
                for position, group_id in enumerate(employee.groups)
            ]
            self._in.connection.execute(sa.insert(_m), members)

    def login(self, email: str) -> tuple[handler_group.Employee, str] | None:
        """See `ports.Directory`."""
        row = self._in.connection.execute(
            sa.select(_e.c.id, _e.c.password_hash).where(_e.c.email == email.lower(), _e.c.is_active.is_(True))
        ).one_or_none()
        if row is None or row.password_hash is None:
            return None
        return self.employee(row.id), row.password_hash

    def add_session(self, session: ports.LoginSession) -> None:
        """See `ports.Directory`."""
        self._in.connection.execute(sa.insert(_s), encoding.to_row(session))

    def session(self, id_hash: str) -> ports.LoginSession | None:
        """See `ports.Directory`."""
        row = self._in.connection.execute(sa.select(_s).where(_s.c.id_hash == id_hash)).one_or_none()
        return None if row is None else encoding.from_row(ports.LoginSession, row)

    def touch_session(self, id_hash: str, at: datetime) -> None:
        """See `ports.Directory`."""
        self._in.changed(sa.update(_s).where(_s.c.id_hash == id_hash).values(seen_at=at))

    def end_session(self, id_hash: str) -> None:
        """See `ports.Directory`."""
        self._in.changed(sa.delete(_s).where(_s.c.id_hash == id_hash))

    def add_token(self, token_hash: str, name: str, scopes: Sequence[str], at: datetime) -> None:
        """See `ports.Directory`."""
        row = {"token_hash": token_hash, "name": name, "scopes": list(scopes), "created_at": at}
        self._in.connection.execute(sa.insert(_k), row)

    def token(self, token_hash: str) -> ports.ApiToken | None:
        """See `ports.Directory`."""
        valid = sa.select(_k.c.name, _k.c.scopes).where(_k.c.token_hash == token_hash, _k.c.revoked_at.is_(None))
        row = self._in.connection.execute(valid).one_or_none()
        return None if row is None else ports.ApiToken(name=row.name, scopes=tuple(row.scopes))

    def tokens(self) -> Sequence[ports.KeptToken]:
        """See `ports.Directory`."""
        rows = self._in.connection.execute(sa.select(_k).order_by(_k.c.created_at.desc(), _k.c.token_hash)).all()
        return [
            ports.KeptToken(
                mark=row.token_hash[:MARK_CHARS],
                name=row.name,
                scopes=tuple(row.scopes),
                created_at=row.created_at,
                revoked_at=row.revoked_at,
            )
            for row in rows
        ]

    def revoke_tokens(self, name: str, at: datetime) -> int:
        """See `ports.Directory`."""
        return self._in.changed(sa.update(_k).where(_k.c.name == name, _k.c.revoked_at.is_(None)).values(revoked_at=at))

    def end_sessions(self, employee_id: ids.EmployeeId) -> int:
        """See `ports.Directory`."""
        return self._in.changed(sa.delete(_s).where(_s.c.employee_id == employee_id))

    def _put(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Insert, or replace the columns of `row` in the record with the same id."""
        values = {name: value for name, value in row.items() if name != "id"}
        insert = postgresql.insert(table).values(dict(row))
        self._in.connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))

    def _employees(self, statement: Statement) -> list[handler_group.Employee]:
        rows = self._in.connection.execute(statement).all()
        groups: dict[str, list[ids.GroupId]] = {row.id: [] for row in rows}
        members = sa.select(_m.c.employee_id, _m.c.group_id).order_by(_m.c.employee_id, _m.c.position)
        if len(rows) == 1:
            members = members.where(_m.c.employee_id == rows[0].id)
        for member in self._in.connection.execute(members) if rows else ():
            if member.employee_id in groups:
                groups[member.employee_id].append(member.group_id)
        return [handler_group.Employee(**encoding.fields(row), groups=tuple(groups[row.id])) for row in rows]
