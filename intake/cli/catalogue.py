"""`onthaal catalogue import` and `learn`."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import click

from intake import errors
from intake.app import bots, composition, fetching, registry
from intake.catalogue import files, forms, importing, tabular
from intake.cli import learning, visiting
from intake.domain import feed
from intake.flow import catalogue as flow


@click.group()
def catalogue() -> None:
    """The product catalogue."""


@catalogue.command("import")
@click.argument("source")
@click.option(
    "--format", "form_name", type=click.Choice([*forms.FORMS]), help="Form of SOURCE; else its name and content tell."
)
@click.option("--feed", "name", help="Name of the feed, when there are two of one form; else the name of its form.")
@click.option("--unit", default="", help="Unit of the products that name none; else the front desk answers for them.")
@click.option(
    "--form-of-address",
    "address",
    type=click.Choice(["u", "je"]),
    default="u",
    show_default=True,
    help="Which of two Dutch texts to take, where a feed has both.",
)
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=NAME", help="Name that a table gives the column of a field."
)
@click.option(
    "--headers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with `Name: value` lines that a web address is asked with, such as its key.",
)
@click.option("--withdraw", is_flag=True, help="Withdraw every product of this feed that is not in SOURCE.")
@click.option("--withdraw-most", is_flag=True, help="As --withdraw, also when that is more than half of the feed.")
def import_(
    source: str,
    form_name: str | None,
    name: str | None,
    unit: str,
    address: str,
    columns: Sequence[str],
    headers: Path | None,
    *,
    withdraw: bool,
    withdraw_most: bool,
) -> None:
    """Load or refresh the products of SOURCE: a file, a folder or a web address."""
    given = forms.FORMS[form_name] if form_name else None
    named = _columns(columns)
    sent = _headers(headers)
    if name is not None and not feed.is_name(name):
        raise errors.Invalid(
            f"{name} kan geen naam van een bron zijn: neem 2 tot 20 kleine letters, cijfers en streepjes."
        )
    form, documents = _fetched(source, given, sent) if fetching.is_address(source) else _opened(Path(source), given)

    async def work(parts: composition.Parts) -> tuple[feed.Reading, flow.Refresh]:
        wishes = importing.Wishes(
            source=name or form.name,
            today=parts.hub.clock.now().astimezone(ZoneInfo(parts.hub.city.time_zone)).date(),
            unit=unit,
            address=cast("importing.Address", address),
            columns=named,
        )
        reading = form.read(documents, wishes)
        with _bar(len(reading.products)) as on_done:
            done = await flow.refresh(
                parts.hub,
                reading,
                withdraw_others=withdraw or withdraw_most,
                withdraw_most=withdraw_most,
                on_done=on_done,
            )
        await parts.refresh_snapshot()
        return reading, done

    reading, done = visiting.fill(work)
    refused = len(reading.refused) + len(done.taken)
    click.echo(
        f"{done.added} nieuw, {done.changed} gewijzigd, {done.same} ongewijzigd, {done.withdrawn} ingetrokken, "
        f"{refused} geweigerd."
    )
    for line in _told(reading, done):
        click.echo(line, err=True)


def _told(reading: feed.Reading, done: flow.Refresh) -> Iterator[str]:
    """What an editor or an operator may want to do something about."""
    for one in reading.refused:
        yield f"geweigerd: {one}"
    for product_id in done.taken:
        yield f"geweigerd: {product_id} is al een product van een andere bron"
    if reading.missing:
        yield f"niet volledig: {reading.missing}"
    if done.not_withdrawn:
        yield f"niets ingetrokken: {done.not_withdrawn}"
    nobody = [str(unit) for unit in done.without_group if unit]
    if nobody:
        yield (
            f"nog zonder groep, dus voor het onthaal: {', '.join(nobody)}; "
            "koppel ze met `onthaal group add --id … --unit …`"
        )


def _columns(given: Sequence[str]) -> Mapping[str, str]:
    named = {field.strip(): column for field, _, column in (each.partition("=") for each in given)}
    wrong = [field for field, column in named.items() if field not in tabular.FIELDS or not column.strip()]
    if wrong:
        raise errors.Invalid(f"--column {wrong[0]} bestaat niet. De velden zijn: {', '.join(tabular.FIELDS)}.")
    return named


def _headers(file: Path | None) -> Mapping[str, str]:
    """The headers in a file; it may hold a key, so a fault never shows its lines."""
    if file is None:
        return {}
    try:
        rows = [row.strip() for row in files.content(file).decode("ascii").splitlines() if row.strip()]
    except UnicodeDecodeError as error:
        raise errors.Invalid(f"{file}: schrijf op elke regel `Naam: waarde`, in gewone tekens.") from error
    pairs = [(key.strip(), value.strip()) for key, _, value in (row.partition(":") for row in rows)]
    if not all(key and value and " " not in key for key, value in pairs):
        raise errors.Invalid(f"{file}: schrijf op elke regel `Naam: waarde`, in gewone tekens.")
    return dict(pairs)


def _opened(source: Path, given: importing.Form | None) -> tuple[importing.Form, Sequence[importing.Document]]:
    if given is not None:
        return given, files.documents(source, given.endings)
    if not source.is_dir():
        (document,) = files.documents(source, ())
        return forms.guessed(document), [document]
    first, *_ = files.documents(source, forms.ENDINGS)
    form = forms.guessed(first)
    return form, files.documents(source, form.endings)


def _fetched(
    address: str, given: importing.Form | None, headers: Mapping[str, str]
) -> tuple[importing.Form, Sequence[importing.Document]]:
    is_shown = sys.stderr.isatty()

    def on_page(count: int) -> None:
        if is_shown:
            click.echo(f"\r{count} bladzijde(n) gelezen", nl=False, err=True)

    def form_of(document: importing.Document) -> importing.Form:
        return given or forms.guessed(document)

    found = asyncio.run(fetching.documents(address, form_of, headers=headers, on_page=on_page))
    if is_shown:
        click.echo(err=True)
    return found


@contextlib.contextmanager
def _bar(length: int) -> Generator[Callable[[int], None]]:
    """A progress bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label="Producten", file=sys.stderr) as bar:
        yield bar.update


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
