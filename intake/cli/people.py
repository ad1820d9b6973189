"""`onthaal employee` and `token`: who may come in."""

import dataclasses
import json
import re
from collections.abc import Sequence

import click

from intake import errors, ports
from intake.app import composition
from intake.cli import columns, visiting
from intake.domain import handler_group, ids, party
from intake.flow import access


@click.group()
def employee() -> None:
    """Employees (medewerkers)."""


@employee.command("add")
@click.option("--name", required=True, help="First and last name.")
@click.option("--email", required=True, help="Address to log in with.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in handler_group.Role]),
    default="employee",
    show_default=True,
    help="lead and admin see every group and try failed work again; editor has no more rights than employee yet.",
)
@click.option("--group", "groups", multiple=True, required=True, help="Id of a handler group.")
@click.option("--password", help="At least 12 characters; asked for when it is not given.")
def employee_add(name: str, email: str, role: str, groups: Sequence[str], password: str | None) -> None:
    """Add an employee, or change the one with this address."""
    address = party.mail_address(email)
    if address is None:
        raise errors.Invalid(f"{email} is geen e-mailadres. Schrijf het zo: naam@stad.example.")

    secret = _asked_password() if password is None else password

    async def work(parts: composition.Parts) -> None:
        known = {group.id for group in await parts.store.read(lambda uow: uow.directory.groups())}
        for group in groups:
            if group not in known:
                raise errors.Invalid(f"Groep {group} bestaat niet. Er zijn: {', '.join(sorted(known))}.")
        everybody = await parts.store.read(lambda uow: uow.directory.employees())
        found = next((one for one in everybody if one.email == address.lower()), None)
        new = handler_group.Employee(
            id=found.id if found else ids.EmployeeId(_slug(name)),
            name=name,
            email=address,
            role=handler_group.Role(role),
            groups=tuple(ids.GroupId(group) for group in groups),
        )
        await parts.access.put_employee(new, secret)

    visiting.fill(work)
    click.echo(f"{name} kan inloggen met {address}.")


@employee.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def employee_list(*, as_json: bool) -> None:
    """List all employees, also those who may not log in any more."""

    async def work(parts: composition.Parts) -> Sequence[handler_group.Employee]:
        return await parts.store.read(lambda uow: uow.directory.employees())

    found = visiting.look(work)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1, ensure_ascii=False))
        return
    for line in columns.aligned(
        ("naam", "e-mail", "rol", "groepen", ""),
        [(one.name, one.email, one.role, ", ".join(one.groups), "" if one.is_active else "uitgezet") for one in found],
    ):
        click.echo(line)


@employee.command("deactivate")
@click.argument("email")
def employee_deactivate(email: str) -> None:
    """Let an employee log in no more; what they held goes back to its queue."""

    async def work(parts: composition.Parts) -> access.Deactivated:
        return await parts.access.deactivate(email)

    done = visiting.fill(work)
    click.echo(
        f"{done.employee.name} kan niet meer inloggen. {done.sessions} sessies beëindigd, "
        f"{done.freed} vragen terug op hun lijst."
    )


@click.group()
def token() -> None:
    """Tokens for the API."""


@token.command("create")
@click.option("--name", required=True, help="Which system uses it.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(access.SCOPES), help="What it may do."
)
def token_create(name: str, scopes: Sequence[str]) -> None:
    """Make a token; it is shown once."""

    async def work(parts: composition.Parts) -> str:
        return await parts.access.create_token(name, tuple(scopes))

    click.echo(visiting.fill(work))


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def token_list(*, as_json: bool) -> None:
    """List all tokens: what they are for and what they may do. The tokens themselves are not kept."""

    async def work(parts: composition.Parts) -> Sequence[ports.KeptToken]:
        return await parts.store.read(lambda uow: uow.directory.tokens())

    found = visiting.look(work)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1, ensure_ascii=False, default=str))
        return
    for line in columns.aligned(
        ("naam", "rechten", "gemaakt", ""),
        [
            (
                one.name,
                ", ".join(one.scopes),
                f"{one.created_at:%Y-%m-%d}",
                f"ingetrokken op {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "",
            )
            for one in found
        ],
    ):
        click.echo(line)


@token.command("revoke")
@click.argument("name")
def token_revoke(name: str) -> None:
    """Let no token with this NAME in any more."""

    async def work(parts: composition.Parts) -> int:
        return await parts.access.revoke_tokens(name)

    click.echo(f"{visiting.fill(work)} token(s) van {name} ingetrokken; ze werken vanaf nu niet meer.")


def _asked_password() -> str:
    """Ask twice, until both are the same; our own words, as click's are English."""
    while True:
        first = click.prompt("Wachtwoord (minstens 12 tekens)", hide_input=True)
        if click.prompt("Nog een keer", hide_input=True) == first:
            return str(first)
        click.echo("Dat is niet twee keer hetzelfde. Probeer opnieuw.", err=True)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "medewerker"
