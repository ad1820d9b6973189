"""`onthaal demo`: what `make run` ends with."""

import asyncio
import contextlib
import sys

import click

from intake import log
from intake.app import composition, running
from intake.app import demo as demo_city


@click.command()
def demo() -> None:
    """Run the demo city: loads it, starts hub and bot, and shows where to look."""
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C before everything runs is no fault either
        asyncio.run(_run())
    _say("Onthaal is gestopt.")


async def _run() -> None:
    async with demo_city.prepare() as prepared:
        of = prepared.settings
        log_file = of.data_dir / "log" / "hub.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("a", encoding="utf-8") as stream:
            log.set_up(stream, level=of.log_level)
            _say("Onthaal start. De bot heeft even nodig …")
            parts = composition.build(of)
            try:
                parts.demo = await demo_city.load(parts, prepared)
            except BaseException:
                await parts.close()
                raise

            async def ready() -> None:
                _screen(parts)

            await running.serve(parts, ready)


def _screen(parts: composition.Parts) -> None:
    of = parts.settings
    base = of.public_url
    email = getattr(of.channels, "email", None)
    mail_line = f"{email.listen_host}:{email.listen_port}, bijvoorbeeld aan {of.city.mail_address}" if email else "uit"
    rows = [
        ("Stadspagina met chat", f"{base}/"),
        ("Werkplek", f"{base}/werkplek"),
        ("Verstuurde mail", f"{base}/demo/mail"),
        ("API", f"{base}/api/v1/openapi.json"),
        ("Mail naar de stad (SMTP)", mail_line),
        ("Logboek", str(of.data_dir / "log")),
    ]
    lines = ["", click.style("Onthaal draait.", bold=True) + " Stop met Ctrl-C.", ""]
    lines += [f"  {label:<26}{value}" for label, value in rows]
    if parts.bot_process is not None and not parts.bot_process.ready.is_set():
        lines += [
            "",
            f"  De bot start niet: kijk in {of.data_dir}/log/bot.log. Tot dan gaan alle vragen naar medewerkers.",
        ]
    if parts.demo is not None:
        lines += ["", "  Inloggen in de werkplek (alleen voor deze installatie):"]
        lines += [f"    {email:<42}{password:<20}{groups}" for email, password, groups in parts.demo.logins]
    _say("\n".join([*lines, ""]))


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
