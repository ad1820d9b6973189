"""`onthaal backup` and `restore`."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from intake import system
from intake.app import backup as backups
from intake.app import registry, restoring
from intake.store import archive


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy database, files and secrets to FILE while the hub goes on."""
    done = backups.write(registry.load_settings(), file, system.SystemClock(), _bar("kopie"))
    click.echo(
        f"{done.rows} rijen in {file}. Bewaar dit bestand veilig: het bevat wat burgers schreven, en de sleutels."
    )
    for name in done.damaged:
        click.echo(f"beschadigd op de schijf, zet het uit een oudere kopie terug: {name}", err=True)
    for name in done.missing:
        click.echo(f"weg van de schijf, zet het uit een oudere kopie terug: {name}", err=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--skip-damaged", is_flag=True, help="Leave out kept files that are not what they were.")
def restore(file: Path, *, skip_damaged: bool) -> None:
    """Bring FILE back into an empty data folder and database, also of the other kind or from an older version."""
    done = restoring.restore(registry.load_settings(), file, _bar("terugzetten"), skips_damaged=skip_damaged)
    click.echo(f"{done.rows} rijen teruggezet uit {file}.")
    for name in done.damaged:
        click.echo(f"beschadigd, niet teruggezet: {name}", err=True)
    for name in done.missing:
        click.echo(f"was al weg toen de kopie werd gemaakt: {name}", err=True)


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
