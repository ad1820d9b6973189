"""Checks of what the hub is connected to: ports, relay, bot, its own address."""

import asyncio
import contextlib
import os
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.email import probing
from intake import errors
from intake.app import bots
from intake.settings import LOOPBACK, Settings

CONNECT_SECONDS = 5.0
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound


async def mail_in(of: Any) -> str:
    """The SMTP port is free, or our own hub answers on it."""
    if not of.addresses:
        raise errors.BadSettings("geen adressen; zet ONTHAAL_CHANNELS__EMAIL__ADDRESSES")
    where, named = f"{of.listen_host}:{of.listen_port}", ", ".join(of.addresses)
    greeting = await _greeting(_reachable(of.listen_host), of.listen_port)
    if greeting is None:
        _free(of.listen_host, of.listen_port, "ONTHAAL_CHANNELS__EMAIL__LISTEN_PORT")
        return f"{where} is vrij, voor {named}"
    if "Onthaal" not in greeting:
        raise errors.BadSettings(
            f"op {where} luistert een ander programma; stop dat, of kies een andere "
            "ONTHAAL_CHANNELS__EMAIL__LISTEN_PORT"
        )
    return f"de hub luistert op {where}, voor {named}"


async def mail_out(of: Any) -> str:
    """The relay greets us back."""
    return await probing.relay(of)


async def web(settings: Settings) -> str:
    """The web port is free, or our own hub answers on it and says which parts fail."""
    host, port = settings.web.host, settings.web.port
    where = f"{host}:{port}"
    if await _greeting(_reachable(host), port, asks=False) is None:
        _free(host, port, "ONTHAAL_WEB__PORT")
        return f"{where} is vrij; de hub draait nu niet"
    shown = _reachable(host)
    found = await _json(f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/healthz")
    if found is None or "parts" not in found:
        raise errors.BadSettings(
            f"op {where} luistert een ander programma; stop dat, of kies een andere ONTHAAL_WEB__PORT"
        )
    failed = sorted(name for name, state in found["parts"].items() if state == "failed")
    if failed:
        raise errors.BadSettings(f"de hub draait op {where}, maar dit werkt niet: {', '.join(failed)}; zie het logboek")
    return f"de hub draait op {where}"


async def public_url(settings: Settings) -> str:
    """The address that browsers see is well formed, encrypted, and leads to a hub when one runs."""
    address = settings.public_url
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise errors.BadSettings(
            f"{address} klopt niet; schrijf ONTHAAL_WEB__PUBLIC_URL als https://onthaal.stad.example"
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise errors.BadSettings(f"{address} is niet versleuteld; zet ONTHAAL_WEB__PUBLIC_URL op het https-adres")
    if settings.web.port == 0 and not settings.web.public_url:
        return "volgt uit de vrije poort bij het starten"
    if await _greeting(_reachable(settings.web.host), settings.web.port, asks=False) is None:
        return f"{address} (niet geprobeerd: de hub draait nu niet)"
    if await _json(f"{address}/livez") is None:
        raise errors.BadSettings(f"{address} leidt niet naar deze hub; kijk naar uw proxy en ONTHAAL_WEB__PUBLIC_URL")
    return f"{address} leidt naar de hub"


async def bot(settings: Settings) -> str:
    """A bot elsewhere understands a sentence; our own has its model and its environment."""
    if settings.bot.url is None:
        model = bots.model_of(settings)
        python = settings.bot.folder / ".venv" / "bin" / "python"
        if not os.access(python, os.X_OK):
            raise errors.BadSettings(f"{python} ontbreekt; draai `make setup`")
        return f"start met de hub mee, model {model.name}"
    asked, _ = bots.bot_of(settings)
    try:
        if not await asked.is_ready():
            raise errors.BadSettings(f"{settings.bot.url} antwoordt niet; kijk of Rasa draait en het token klopt")
    finally:
        await asked.close()
    return f"{settings.bot.url} antwoordt"


def _reachable(host: str) -> str:
    """Where to connect to something that listens on `host`."""
    return "127.0.0.1" if host in ANY_ADDRESS else host


def _free(host: str, port: int, setting: str) -> None:
    """Raises BadSettings when nobody listens there and still we may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise errors.BadSettings(f"{host}:{port} kan niet ({error.strerror}); kies een andere {setting}") from error


async def _greeting(host: str, port: int, *, asks: bool = True) -> str | None:
    """What a listener says first (empty when it waits for us, or `asks` is False); None when nobody listens."""
    if port == 0:
        return None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
    except OSError:  # also a time-out
        return None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return (await reader.readline()).decode("utf-8", "replace") if asks else ""
    except (OSError, ValueError):
        return ""
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _json(url: str) -> dict[str, Any] | None:
    timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            found = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError):
        return None
    return found if isinstance(found, dict) else None
