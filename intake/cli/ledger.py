"""`onthaal ledger`: what came in, what became of it, and whether nothing is missing."""

import dataclasses
import json
import sys
from typing import Any
from zoneinfo import ZoneInfo

import click

from intake.app import composition
from intake.cli import columns, visiting
from intake.flow import ledger as flow

_TITLES = ("bericht", "dubbel", "lus", "bounce", "spam", "onleesbaar", "open")
"""In the order of `flow.OUTCOMES` and `flow.OPEN`."""
_NAMES = (*flow.OUTCOMES, flow.OPEN)


@click.command()
@click.option(
    "--days", type=click.IntRange(1, flow.MOST_DAYS), default=7, show_default=True, help="Today and the days before it."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def ledger(days: int, *, as_json: bool) -> None:
    """Show receipts and outcomes per day and channel; exit status 1 when something is missing or waits too long."""

    async def work(parts: composition.Parts) -> tuple[flow.Sheet, str]:
        zone = parts.settings.city.time_zone
        now = await parts.store.read(lambda uow: uow.ledger.database_time())
        return await flow.draw_up(parts.store, now, zone, days), zone

    sheet, zone = visiting.look(work)
    click.echo(
        json.dumps(_as_json(sheet), indent=1) if as_json else "\n".join((*_table(sheet), *_verdict(sheet, zone)))
    )
    sys.exit(0 if sheet.is_well else 1)


def _as_json(sheet: flow.Sheet) -> dict[str, Any]:
    return {
        "at": sheet.at.isoformat(),
        "closes": sheet.closes,
        "lines": [
            {**dataclasses.asdict(line), "day": line.day.isoformat(), "closes": line.closes} for line in sheet.lines
        ],
        "total": {"received": sheet.total().received, "outcomes": sheet.total().outcomes},
        "overdue": [{**dataclasses.asdict(one), "received_at": one.received_at.isoformat()} for one in sheet.overdue],
    }


def _table(sheet: flow.Sheet) -> list[str]:
    rows = [(line.day.isoformat(), line.channel, *_figures(line)) for line in sheet.lines]
    rows.append(("totaal", "", *_figures(sheet.total())))
    lines = columns.aligned(("dag", "kanaal", "ontvangen", *_TITLES), rows, numbers_from=2)
    return [*lines[:-1], lines[1], lines[-1]]


def _figures(line: flow.Line) -> tuple[str, ...]:
    return (str(line.received), *(str(line.outcomes[name]) for name in _NAMES))


def _verdict(sheet: flow.Sheet, time_zone: str) -> list[str]:
    """Whether all is well, in sentences that say what to do."""
    said = [""]
    said += [
        f"De som klopt niet op {line.day} voor {line.channel}: {line.received} ontvangen, maar "
        f"{sum(line.outcomes.values())} met een uitkomst of open. Maak een reservekopie en meld dit als fout."
        for line in sheet.lines
        if line.received != sum(line.outcomes.values())
    ]
    said += [
        f"Op {line.day} horen bij {line.astray} ontvangsten van {line.channel} berichten die er niet meer zijn. Maak "
        "een reservekopie en meld dit als fout."
        for line in sheet.lines
        if line.astray
    ]
    if sheet.overdue:
        many = f"Minstens {flow.NAMED}" if len(sheet.overdue) == flow.NAMED else str(len(sheet.overdue))
        said.append(f"{many} langer dan een minuut zonder uitkomst. Kijk of `onthaal serve` draait, en in het logboek:")
    zone = ZoneInfo(time_zone)
    said += [
        f"  {one.id}  {one.channel}, ontvangen {one.received_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        + ("" if one.has_work else ", en er wacht geen werk dat het nog leest")
        for one in sheet.overdue
    ]
    if sheet.is_well:
        said.append("De som klopt: alles wat binnenkwam heeft een uitkomst of wordt nu gelezen.")
    return said
