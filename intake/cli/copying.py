"""`onthaal backup` and `restore`."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from intake import system
from intake.app import backup as backups
from intake.app import registry
from intake.store import archive


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy database, files and secrets to FILE while the hub goes on."""
    count = backups.write(registry.load_settings(), file, system.SystemClock(), _bar("kopie"))
    click.echo(f"{count} rijen in {file}. Bewaar dit bestand veilig: het bevat wat burgers schreven, en de sleutels.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Bring FILE back into an empty data folder and database, also of the other kind."""
    count = backups.restore(registry.load_settings(), file, _bar("terugzetten"))
    click.echo(f"{count} rijen teruggezet uit {file}.")


def _bar(label: str) -> Callable[[int], archive.Progress]:
    """A progress bar for people; nothing where nobody looks."""

    def begin(rows: int) -> archive.Progress:
        bar = click.progressbar(length=rows, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())

        def progress(done: int) -> None:
            bar.update(done)
            if bar.finished:
                bar.render_finish()

        return progress

    return begin
