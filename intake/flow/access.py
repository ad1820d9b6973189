"""Who may come in: log-in of employees, their sessions, and API tokens. Secrets are stored as hashes only."""

import contextlib
import dataclasses
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Protocol

from intake import errors, ports
from intake.domain import handler_group
from intake.flow import assign
from intake.flow import hub as hub_module

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
"""Source: OWASP ASVS 3.3; NCSC ICT-beveiligingsrichtlijnen voor webapplicaties U/WA.06."""
TOUCH_EVERY = timedelta(minutes=1)
TRIES = 5
TRY_WINDOW = timedelta(minutes=15)

MOST_HELD = 1000
"""More items than any person can hold."""

SCOPES = ("contacts:read", "contacts:write", "queues:read", "groups:read", "products:read")


class PasswordHasher(Protocol):
    """Argon2 behind two questions; both take about a quarter of a second by design."""

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        ...

    async def verify(self, kept: str, password: str) -> bool:
        """Whether `password` made `kept`."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """An employee in a session."""

    employee: handler_group.Employee
    csrf: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Deactivated:
    """An employee who may not log in any more, and what that ended: sessions, and items back on their queue."""

    employee: handler_group.Employee
    sessions: int
    freed: int


def fingerprint(secret: str) -> str:
    """What the store keeps of a session id or a token: they are random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Access:
    """The doors of one hub."""

    def __init__(self, hub: hub_module.Hub, hasher: PasswordHasher) -> None:
        """Guard this hub."""
        self._hub = hub
        self._hasher = hasher
        self._failed: dict[str, list[datetime]] = {}

    async def log_in(self, email: str, password: str, origin: str) -> str:
        """Check a password; returns the secret id of a new session.

        Args:
            email: the address, in any case.
            password: as typed.
            origin: the network address of the browser; tries are counted per account and per origin.

        Raises:
            NotAllowed: wrong, unknown, or too many tries; the text says how many tries are left.
        """
        name = email.strip().lower()
        now = self._hub.clock.now()
        keys = (f"account:{name}", f"origin:{origin}")
        if self._left(keys, now) <= 0:
            raise errors.NotAllowed("U probeerde het te vaak. Wacht 15 minuten, of vraag uw beheerder.")
        for key in keys:  # counted before it is checked, so that tries at the same moment count too
            self._failed.setdefault(key, []).append(now)
        found = await self._hub.store.read(lambda uow: uow.directory.login(name))
        kept = found[1] if found else _NOBODY
        if not await self._hasher.verify(kept, password) or found is None:
            left = max(0, self._left(keys, now))
            raise errors.NotAllowed(f"E-mailadres of wachtwoord klopt niet. U kunt nog {left} keer proberen.")
        self._failed.pop(keys[0], None)
        with contextlib.suppress(KeyError, ValueError):
            self._failed[keys[1]].remove(now)
        secret, csrf = self._hub.ids.secret(), self._hub.ids.secret()
        session = ports.LoginSession(
            id_hash=fingerprint(secret), employee_id=found[0].id, csrf=csrf, created_at=now, seen_at=now
        )
        await self._hub.store.write(lambda uow: uow.directory.add_session(session))
        return secret

    def _left(self, keys: tuple[str, ...], now: datetime) -> int:
        for key in keys:
            recent = [at for at in self._failed.get(key, ()) if now - at < TRY_WINDOW]
            if recent:
                self._failed[key] = recent
            else:
                self._failed.pop(key, None)
        per_account, per_origin = (len(self._failed.get(key, ())) for key in keys)
        return min(TRIES - per_account, TRIES * 4 - per_origin)

    async def who(self, secret: str, *, is_active: bool = True) -> LoggedIn | None:
        """The employee of a session id, or None when it is unknown, idle for too long or too old.

        `is_active` is False for what a page asks by itself: that does not keep a session alive.
        """
        now, id_hash = self._hub.clock.now(), fingerprint(secret)

        def look(uow: ports.UnitOfWork) -> tuple[ports.LoginSession, handler_group.Employee] | None:
            session = uow.directory.session(id_hash)
            return (session, uow.directory.employee(session.employee_id)) if session else None

        found = await self._hub.store.read(look)
        if found is None:
            return None
        session, employee = found
        if now - session.seen_at > IDLE or now - session.created_at > ABSOLUTE or not employee.is_active:
            await self._hub.store.write(lambda uow: uow.directory.end_session(id_hash))
            return None
        if is_active and now - session.seen_at > TOUCH_EVERY:
            with contextlib.suppress(errors.StoreFull):  # on a full disk people can still read
                await self._hub.store.write(lambda uow: uow.directory.touch_session(id_hash, now))
        return LoggedIn(employee=employee, csrf=session.csrf)

    async def log_out(self, secret: str) -> None:
        """End a session."""
        await self._hub.store.write(lambda uow: uow.directory.end_session(fingerprint(secret)))

    async def bearer(self, token: str) -> ports.ApiToken | None:
        """What this API token allows, or None."""
        return await self._hub.store.read(lambda uow: uow.directory.token(fingerprint(token)))

    async def create_token(self, name: str, scopes: tuple[str, ...]) -> str:
        """Make an API token; it is shown once and only its hash is kept. Raises Invalid for an unknown scope."""
        for scope in scopes:
            if scope not in SCOPES:
                raise errors.Invalid(f"Onbekend recht {scope}. Kies uit: {', '.join(SCOPES)}.", field="scope")
        token, now = f"onthaal_{self._hub.ids.secret()}", self._hub.clock.now()
        await self._hub.store.write(lambda uow: uow.directory.add_token(fingerprint(token), name, scopes, now))
        return token

    async def revoke_tokens(self, name: str) -> int:
        """Let no token with this name in any more; returns how many. Raises NotFound when none was valid."""
        now = self._hub.clock.now()
        revoked = await self._hub.store.write(lambda uow: uow.directory.revoke_tokens(name, now))
        if not revoked:
            raise errors.NotFound(f"Er is geen geldig token met de naam {name}. Kijk in `onthaal token list`.")
        return revoked

    async def deactivate(self, email: str) -> Deactivated:
        """Let an employee in no more: their sessions end, and what they held goes back to its queue, all at once.

        Raises:
            NotFound: there is no employee with this address.
        """
        now, address = self._hub.clock.now(), email.strip().lower()

        def work(uow: ports.UnitOfWork) -> Deactivated:
            known = next((one for one in uow.directory.employees() if one.email == address), None)
            if known is None:
                raise errors.NotFound(f"Er is geen medewerker met {address}. Kijk in `onthaal employee list`.")
            gone = dataclasses.replace(known, is_active=False)
            uow.directory.put_employee(gone, None)
            held, _ = uow.views.work_list("mine", known, now, None, MOST_HELD)
            for line in held:
                if line.item_id is not None:
                    item = uow.queue.get(line.item_id)
                    assign.free(uow, uow.contacts.get(line.contact_id), item, now, actor="Onthaal", why="deactivated")
            return Deactivated(employee=gone, sessions=uow.directory.end_sessions(known.id), freed=len(held))

        return await self._hub.store.write(work)

    async def put_employee(self, employee: handler_group.Employee, password: str | None) -> None:
        """Add or change an employee; None keeps the password. Raises Invalid for a password under 12 characters."""
        if password is not None and len(password) < 12:  # noqa: PLR2004 - NIST SP 800-63B asks for at least 8
            raise errors.Invalid("Een wachtwoord heeft minstens 12 tekens.", field="password")
        kept = await self._hasher.hash(password) if password is not None else None
        await self._hub.store.write(lambda uow: uow.directory.put_employee(employee, kept))


def same(left: str, right: str) -> bool:
    """Compare secrets without telling by time where they differ."""
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""Checked when the account does not exist, so that an answer takes as long as for one that does."""
