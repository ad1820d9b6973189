"""`onthaal serve`, `migrate`, `check` and `settings`."""

import asyncio
import sys

import click

from intake import log, settings
from intake.app import checks, composition, registry, running
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


@click.command()
def check() -> None:
    """Open every wire and say what works; exit status 1 when something does not."""
    of = registry.load_settings()
    results = asyncio.run(checks.run(of))
    for result in results:
        mark = click.style("ok  ", fg="green") if result.is_ok else click.style("FOUT", fg="red")
        click.echo(f"{mark} {result.name}: {result.says}")
    sys.exit(0 if all(result.is_ok for result in results) else 1)


@click.command("settings")
def settings_command() -> None:
    """List every setting with its default and its meaning."""
    for name, (default, meaning) in settings.variables(settings.model(registry.settings_classes())).items():
        click.echo(f"{click.style(name, bold=True)} = {default}\n    {meaning}")
