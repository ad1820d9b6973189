"""Groups, employees, units and their log-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake.domain import handler_group, ids


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """A server-side login session; only the hash of its id is kept."""

    id_hash: str
    employee_id: ids.EmployeeId
    csrf: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a bearer of this token may do: scopes such as `contacts:read`."""

    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptToken:
    """What the store knows of an API token; `mark` are the first characters of its hash, to tell two apart."""

    mark: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


class Directory(Protocol):
    """Groups, employees, units and their log-ins."""

    def groups(self) -> Sequence[handler_group.HandlerGroup]:
        """All groups, front desk first, then by name."""
        ...

    def group(self, group_id: ids.GroupId) -> handler_group.HandlerGroup:
        """Raises NotFound."""
        ...

    def put_group(self, group: handler_group.HandlerGroup) -> None:
        """Insert or replace; when it is the front desk, no other group is any longer."""
        ...

    def group_of_unit(self, unit_id: ids.UnitId) -> ids.GroupId | None:
        """The group that answers for this unit."""
        ...

    def units(self) -> Sequence[tuple[ids.UnitId, str, ids.GroupId]]:
        """All units by id: its id, its name, and the group that answers for it."""
        ...

    def put_unit(self, unit_id: ids.UnitId, name: str, group_id: ids.GroupId) -> None:
        """Insert or replace."""
        ...

    def employee(self, employee_id: ids.EmployeeId) -> handler_group.Employee:
        """Raises NotFound."""
        ...

    def employees(self) -> Sequence[handler_group.Employee]:
        """All employees by name."""
        ...

    def put_employee(self, employee: handler_group.Employee, password_hash: str | None) -> None:
        """Insert or replace; None keeps the password that is there."""
        ...

    def login(self, email: str) -> tuple[handler_group.Employee, str] | None:
        """The active employee with this e-mail address and the hash of the password."""
        ...

    def add_session(self, session: LoginSession) -> None:
        """Insert."""
        ...

    def session(self, id_hash: str) -> LoginSession | None:
        """The session, whatever its age."""
        ...

    def touch_session(self, id_hash: str, at: datetime) -> None:
        """It was used now."""
        ...

    def end_session(self, id_hash: str) -> None:
        """Log out."""
        ...

    def add_token(self, token_hash: str, name: str, scopes: Sequence[str], at: datetime) -> None:
        """A new API token."""
        ...

    def token(self, token_hash: str) -> ApiToken | None:
        """The token, when it was not revoked."""
        ...

    def tokens(self) -> Sequence[KeptToken]:
        """All tokens, newest first, also those that were revoked."""
        ...

    def revoke_tokens(self, name: str, at: datetime) -> int:
        """Let no token with this name in any more; returns how many were valid until now."""
        ...

    def end_sessions(self, employee_id: ids.EmployeeId) -> int:
        """Log an employee out everywhere; returns how many sessions there were."""
        ...
