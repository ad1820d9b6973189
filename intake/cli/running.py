"""`onthaal serve`, `migrate`, `check` and `settings`."""

import asyncio
import dataclasses
import json
import sys

import click

from intake import log, settings
from intake.app import checks, composition, demo, registry, running
from intake.store import schema


@click.command()
def serve() -> None:
    """Start the hub with the settings of the environment."""
    of = registry.load_settings()
    log.set_up(level=of.log_level)

    async def run() -> None:
        await running.serve(composition.build(of))

    asyncio.run(run())


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    of = registry.load_settings()
    composition.make_data_dir(of)
    database = composition.database_of(of)
    version = schema.migrate(database)
    click.echo(f"{database.name} heeft nu schema {version}.")


_MARKS = {
    checks.State.OK: ("ok    ", "green"),
    checks.State.LOOK: ("LET OP", "yellow"),
    checks.State.FAILED: ("FOUT  ", "red"),
    checks.State.SKIPPED: ("–     ", "white"),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(*, as_json: bool) -> None:
    """Open every wire and say what works; exit status 1 when something does not.

    Beside a demo it looks with the settings that the demo runs with.
    """
    of = registry.load_settings()
    of_demo = demo.settings_now(of.data_dir)
    if of_demo:
        of = registry.load_settings(**of_demo)
    log.set_up(level="ERROR")
    results = asyncio.run(checks.run(of, is_demo=bool(of_demo)))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(result) for result in results], indent=1, ensure_ascii=False))
    else:
        for result in results:
            text, colour = _MARKS[result.state]
            click.echo(f"{click.style(text, fg=colour)} {result.name}: {result.says}")
    sys.exit(0 if all(result.is_ok for result in results) else 1)


@click.command("settings")
def settings_command() -> None:
    """List every setting with its default and its meaning."""
    for name, (default, meaning) in settings.variables(settings.model(registry.settings_classes())).items():
        click.echo(f"{click.style(name, bold=True)} = {default}\n    {meaning}")
