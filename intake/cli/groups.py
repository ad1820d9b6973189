"""`onthaal group`: who answers what, and who is the front desk."""

import json
from collections.abc import Sequence
from datetime import time

import click

from intake.app import composition
from intake.catalogue import yaml_city
from intake.cli import columns, visiting
from intake.domain import handler_group, ids
from intake.flow import groups as flow


@click.group("group")
def group() -> None:
    """Handler groups (behandelgroepen)."""


@group.command("add")
@click.option("--id", "group_id", required=True, help="Short id, such as burgerzaken.")
@click.option("--name", help="Name as citizens read it; a new group needs one.")
@click.option("--hours", help="Opening hours from Monday to Friday; a new group has 09:00-17:00.")
@click.option(
    "--answer-within",
    "within",
    type=click.FloatRange(min=0, min_open=True),
    help="Opening hours an answer may take; a new group has 16.",
)
@click.option("--front-desk", is_flag=True, help="This group takes what belongs to no other; it is the only one.")
@click.option("--unit", "units", multiple=True, help="Unit of the catalogue that this group answers for too.")
def group_add(
    group_id: str,
    name: str | None,
    hours: str | None,
    within: float | None,
    units: Sequence[str],
    *,
    front_desk: bool,
) -> None:
    """Add a handler group, or change the one with this id: what is not named stays as it is."""
    named = flow.Change(
        group_id=ids.GroupId(group_id),
        name=name,
        hours=None if hours is None else yaml_city.span(hours, group_id),
        answer_within_hours=within,
        becomes_front_desk=front_desk,
        units=tuple(ids.UnitId(unit) for unit in units),
    )

    async def work(parts: composition.Parts) -> flow.Changed:
        return await flow.change(parts.hub, named)

    for line in _told(visiting.fill(work)):
        click.echo(line)


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def group_list(*, as_json: bool) -> None:
    """List all groups: front desk, term, hours, units, and how many employees may log in."""

    async def work(parts: composition.Parts) -> Sequence[flow.Listed]:
        return await flow.listed(parts.hub)

    found = visiting.look(work)
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], indent=1, ensure_ascii=False))
        return
    for line in columns.aligned(
        ("id", "naam", "onthaal", "termijn", "uren", "eenheden", "medewerkers"),
        [
            (
                one.group.id,
                one.group.name,
                "ja" if one.group.is_front_desk else "",
                _term(one.group),
                _hours(one.group.calendar),
                ", ".join(one.units),
                str(one.employees),
            )
            for one in found
        ],
    ):
        click.echo(line)


def _plain(one: flow.Listed) -> dict[str, object]:
    calendar = one.group.calendar
    return {
        "id": one.group.id,
        "name": one.group.name,
        "is_front_desk": one.group.is_front_desk,
        "answer_within_hours": one.group.answer_within_hours,
        "hours": {
            day: [_span(span) for span in spans]
            for day, spans in zip(handler_group.WEEKDAYS, calendar.week, strict=True)
        },
        "time_zone": calendar.time_zone,
        "units": list(one.units),
        "employees": one.employees,
    }


def _told(done: flow.Changed) -> list[str]:
    """What a change did, and who is the front desk now."""
    before, after = done.before, done.after
    title = f"Groep {after.name} ({after.id})"
    units = [f"eenheid {unit}" + (f" (was van {of})" if of else "") for unit, of in done.units]
    if before is None:
        words = ["onthaal"] if after.is_front_desk else []
        words += [f"open {_hours(after.calendar)}", f"antwoord binnen {_term(after)}", *units]
        lines = [f"{title} is gemaakt: {', '.join(words)}."]
    else:
        words = _differences(before, after) + units
        lines = [f"{title} is gewijzigd: {', '.join(words)}." if words else f"{title} was al zo; niets is gewijzigd."]
    if done.front_desk_before is not None:
        was = done.front_desk_before
        lines.append(f"Het onthaal was {was.name} ({was.id}); nu is dat {after.name} ({after.id}).")
    if not done.has_front_desk:
        lines.append("Nog geen groep is het onthaal: maak er een met `onthaal group add --id … --front-desk`.")
    return lines


def _differences(before: handler_group.HandlerGroup, after: handler_group.HandlerGroup) -> list[str]:
    shown = (
        ("naam", before.name, after.name),
        ("open", _hours(before.calendar), _hours(after.calendar)),
        ("antwoord binnen", _term(before), _term(after)),
        ("onthaal", _yes(before), _yes(after)),
    )
    return [f"{name} {now} (was {was})" for name, was, now in shown if was != now]


def _yes(group: handler_group.HandlerGroup) -> str:
    return "ja" if group.is_front_desk else "nee"


def _term(group: handler_group.HandlerGroup) -> str:
    return f"{group.answer_within_hours:g} openingsuren"


_DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")


def _hours(calendar: handler_group.Calendar) -> str:
    """Such as `ma-vr 09:00-17:00`: days after one another with the same hours are told once; closed days are not."""
    runs: list[tuple[int, int]] = []
    for day, spans in enumerate(calendar.week):
        if runs and runs[-1][1] == day - 1 and calendar.week[runs[-1][0]] == spans:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    told = [
        f"{_DAYS[first]}{f'-{_DAYS[last]}' if last > first else ''} {' en '.join(map(_span, calendar.week[first]))}"
        for first, last in runs
        if calendar.week[first]
    ]
    return "; ".join(told) or "nooit"


def _span(span: tuple[time, time]) -> str:
    return f"{span[0]:%H:%M}-{span[1]:%H:%M}"
