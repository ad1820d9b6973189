"""The command line `onthaal`. Errors are one plain sentence that says what to do; their exit status is 1."""

import os
import sys

import click

from intake import errors
from intake.cli import catalogue, copying, demo, evaluate, groups, ledger, mail, people, running, secret_files

PRIVATE = 0o077
"""Takes all rights of others and of the group from every new file and folder."""


@click.group()
@click.version_option(package_name="onthaal")
def commands() -> None:
    """Onthaal: het onthaal van uw stad. Elke vraag komt aan, elke vraag krijgt antwoord."""


for command in (
    running.serve,
    running.migrate,
    running.check,
    copying.backup,
    copying.restore,
    running.settings_command,
    demo.demo,
    catalogue.catalogue,
    evaluate.evaluate,
    mail.mail,
    ledger.ledger,
    people.employee,
    groups.group,
    people.token,
    secret_files.secret,
    secret_files.bot,
):
    commands.add_command(command)


def main() -> None:
    """Run a command; an expected error is a sentence, not a trace. Nobody else may read what it makes."""
    os.umask(PRIVATE)
    try:
        commands()
    except errors.IntakeError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
