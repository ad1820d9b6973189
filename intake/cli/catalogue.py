"""`onthaal catalogue import` and `learn`."""

from pathlib import Path

import click

from intake.app import bots, composition, registry
from intake.catalogue import yaml_city
from intake.cli import learning, visiting
from intake.flow import catalogue as flow


@click.group()
def catalogue() -> None:
    """The product catalogue."""


@catalogue.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["yaml"]), default="yaml", show_default=True, help="Form of SOURCE."
)
@click.option("--withdraw", is_flag=True, help="Withdraw every product that is not in SOURCE.")
def import_(source: Path, form: str, *, withdraw: bool) -> None:
    """Load or refresh the products of SOURCE, a file or a folder."""
    del form  # one form so far; the option is there because scripts rely on it
    products, refused = yaml_city.read_products(source)

    async def work(parts: composition.Parts) -> flow.Refresh:
        done = await flow.refresh(parts.hub, products, withdraw_others=withdraw)
        await parts.refresh_snapshot()
        return done

    done = visiting.fill(work)
    click.echo(
        f"{done.added} nieuw, {done.changed} gewijzigd, {done.same} ongewijzigd, {done.withdrawn} ingetrokken, "
        f"{len(refused)} geweigerd."
    )
    for line in refused:
        click.echo(f"geweigerd: {line}", err=True)


@catalogue.command()
@click.argument("collection", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder to write into; default: that of the settings.",
)
def learn(collection: Path, out: Path | None) -> None:
    """Learn from COLLECTION, product texts of many municipalities, how citizens name what a city does.

    COLLECTION is JSON Lines, plain or packed (.xz, .gz), with the fields municipality, title, abstract and upl.
    """
    settings = registry.load_settings()
    folder = (out or bots.learned_of(settings)).absolute()
    learning.learn(settings, collection.absolute(), folder)
    click.echo(f"Geleerd; het staat in {folder}. Start de hub opnieuw om het te gebruiken.")
