"""What the pages and the API call; put together once by `intake.app`."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from intake.flow import access, assign, conversations, reply
from intake.flow import hub as hub_module
from intake.web import proxies

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo city's extras: log-ins that may be shown (address, password, groups), and the catcher of sent mail.

    `mails` lists newest first: name, date, from, to, subject; `mail` gives one with its text, or None.
    """

    logins: Sequence[tuple[str, str, str]]
    mails: Callable[[int], Sequence[Mapping[str, Any]]]
    mail: Callable[[str], Mapping[str, Any] | None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything behind the pages."""

    hub: hub_module.Hub
    desk: assign.Desk
    writer: reply.Writer
    access: access.Access
    conversations: conversations.LiveConversations
    health: Callable[[], Awaitable[Mapping[str, Any]]]
    """State of every part: `{"status": "ok"|"degraded", "parts": {...}}`."""
    node_modules: Path
    """Where htmx lies (package.json pins it)."""
    is_secure: bool
    """Whether the hub is reached over HTTPS: cookies then carry Secure and the `__Host-` prefix."""
    channel_routes: Sequence[tuple[str, str, Handler]] = ()
    """Routes that channels bring along: method, path, handler."""
    demo: Demo | None = None
    trusted_proxies: Sequence[proxies.Network] = ()
    """Networks of our own reverse proxies, whose word about the caller's address counts."""


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
