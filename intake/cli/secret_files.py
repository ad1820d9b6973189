"""`onthaal secret make` and `bot pair`: secrets that programs share, made at their first start."""

from pathlib import Path

import click

from intake import system
from intake.app import composition, keys
from intake.cli import visiting
from intake.web import bot_catalogue

BOT_TOKEN = "bot-token"  # noqa: S105 - the name of a file
HUB_TOKEN = "hub-token"  # noqa: S105 - the name of a file


@click.group()
def secret() -> None:
    """Secrets in files."""


@secret.command("make")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--group-reads", is_flag=True, help="Let the group of the file read it too.")
def secret_make(file: Path, *, group_reads: bool) -> None:
    """Put a random secret in FILE, unless it holds one."""
    if _made(file, group_reads=group_reads):
        click.echo(f"{file} is gemaakt.")
    else:
        click.echo(f"{file} was er al.")


@click.group()
def bot() -> None:
    """The bot."""


@bot.command("pair")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def pair(folder: Path) -> None:
    """Put in FOLDER what hub and bot need to trust each other when the bot runs elsewhere.

    FOLDER/bot-token is the token of the bot, FOLDER/hub-token an API token with which it fetches the catalogue.
    What is there and holds stays.
    """
    _made(folder / BOT_TOKEN)
    kept = keys.read_text(folder / HUB_TOKEN)

    async def work(parts: composition.Parts) -> str:
        known = await parts.access.bearer(kept) if kept else None
        if known is not None and bot_catalogue.SCOPE in known.scopes:
            return kept
        return await parts.access.create_token("bot", (bot_catalogue.SCOPE,))

    token = visiting.fill(work)
    if token != kept:
        keys.write_private(folder / HUB_TOKEN, f"{token}\n")
    click.echo(f"De geheimen van hub en bot staan in {folder}.")


def _made(file: Path, *, group_reads: bool = False) -> bool:
    if keys.read_text(file):
        return False
    keys.write_private(file, f"{system.SystemIds().secret()}\n", group_reads=group_reads)
    return True
