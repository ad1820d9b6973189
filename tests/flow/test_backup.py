"""A copy brings everything back, into a database of either kind."""

import shutil
import tarfile

import pytest
import sqlalchemy as sa

from intake import errors, system
from intake.app import backup, composition, keys, registry
from intake.store import archive, opening, schema, sqlite
from tests.support import fakes


def settings_of(folder, url=""):
    return registry.load_settings(data_dir=folder, database_url=url)


def rows_of(database):
    """Every row of every table that a copy holds."""

    def work(connection):
        with connection.begin():
            return {
                table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
                for table in archive.kept()
            }

    return schema.through(database.reader(), work, database.name)


def quiet(_rows):
    return lambda _done: None


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def places(request, tmp_path, postgres_server):
    """Settings of a source and of an empty target, of different kinds."""
    urls = ["", postgres_server.fresh(is_migrated=False)]
    if request.param.startswith("postgresql"):
        urls.reverse()
    source, target = (tmp_path / "source", tmp_path / "target")
    source.mkdir()
    yield settings_of(source, urls[0]), settings_of(target, urls[1])
    postgres_server.drop(next(url for url in urls if url))


async def fill(settings):
    """A desk with something of everything, and the secrets of the installation."""
    keys.key(settings.data_dir / "secrets", "hub.key")
    desk = await fakes.open_desk(settings.data_dir, composition.database_of(settings))
    try:
        await desk.mail("paspoort verlopen", sender="jan@example.org")
        await desk.mail("gat in de weg", sender="ann@example.org")
        await desk.broken_mail(errors.Unreadable("niet te lezen"))
        chat = await desk.open_chat()
        await desk.chat(chat.conversation_id, "medewerker")
        await desk.desk.take_next(desk.karin)
        large = await desk.hub.blobs.put(b"groot" * 100_000)
        first = (await desk.contacts())[0]
        await desk.store.write(lambda uow: merge(uow, first.party_id))
        await desk.store.write(lambda uow: uow.jobs.claim("gone:1", desk.clock.now(), desk.clock.now(), 5))
        return large
    finally:
        await desk.store.close()


def merge(uow, party_id):
    """An older party points at a newer one."""
    import dataclasses

    newer = dataclasses.replace(uow.parties.get(party_id), id="zzz", version=1)
    uow.parties.add(newer)
    uow.parties.save(dataclasses.replace(uow.parties.get(party_id), merged_into="zzz"))


async def test_a_copy_brings_back_every_row_and_file_in_the_other_kind_of_database(places, tmp_path):
    source, target = places
    large = await fill(source)
    copied = backup.write(source, tmp_path / "kopie.tar.gz", system.SystemClock(), quiet)
    assert (tmp_path / "kopie.tar.gz").stat().st_mode & 0o777 == 0o600
    assert backup.restore(target, tmp_path / "kopie.tar.gz", quiet) == copied
    before, after = rows_of(composition.database_of(source)), rows_of(composition.database_of(target))
    assert after == before
    assert {name for name, rows in before.items() if rows} >= {"receipt", "contact", "message", "party", "queue_item"}
    assert copied == sum(len(rows) for rows in before.values())
    kept = target.data_dir / large[:2] / large[2:4] / large
    assert kept.read_bytes() == b"groot" * 100_000
    assert (target.data_dir / "secrets/hub.key").read_bytes() == (source.data_dir / "secrets/hub.key").read_bytes()
    desk = await fakes.open_desk(target.data_dir, composition.database_of(target))  # and it works on
    desk._count = 100  # mails that nobody sent before
    await desk.mail("paspoort aanvragen", sender="els@example.org")
    assert len(await desk.contacts()) == len(before["contact"]) + 1
    await desk.store.close()


async def test_a_copy_is_not_brought_back_over_something_else(tmp_path):
    source, target = settings_of(tmp_path / "source"), settings_of(tmp_path / "target")
    for each in (source, target):
        each.data_dir.mkdir()
        await fill(each)
    backup.write(source, tmp_path / "kopie.tar.gz", system.SystemClock(), quiet)
    shutil.rmtree(target.data_dir / "secrets")
    before = rows_of(composition.database_of(target))
    with pytest.raises(errors.BadSettings, match="niet leeg"):
        backup.restore(target, tmp_path / "kopie.tar.gz", quiet)
    assert rows_of(composition.database_of(target)) == before
    with pytest.raises(errors.BadSettings, match="bestaat al"):
        backup.write(source, tmp_path / "kopie.tar.gz", system.SystemClock(), quiet)


async def test_a_damaged_copy_is_refused_before_anything_is_written(tmp_path):
    source, target = settings_of(tmp_path / "source"), settings_of(tmp_path / "target")
    source.data_dir.mkdir()
    await fill(source)
    good, cut, changed = (tmp_path / name for name in ("goed.tar.gz", "half.tar.gz", "anders.tar.gz"))
    backup.write(source, good, system.SystemClock(), quiet)
    cut.write_bytes(good.read_bytes()[:-2000])
    with tarfile.open(good) as tar:
        tar.extractall(tmp_path / "open", filter="data")
    table = tmp_path / "open" / "tables" / "party.jsonl"
    table.write_text(table.read_text().replace("Jan", "Piet"))
    with tarfile.open(changed, "w:gz") as tar:
        tar.add(tmp_path / "open", arcname="")
    for bad in (cut, changed):
        with pytest.raises(errors.BadSettings, match="beschadigd"):
            backup.restore(target, bad, quiet)
    assert not (target.data_dir / "onthaal.sqlite3").exists()


def test_a_copy_is_not_brought_back_under_a_running_hub(tmp_path):
    target = settings_of(tmp_path)
    (tmp_path / "kopie.tar.gz").touch()
    unlock = sqlite.SqliteDatabase(target.embedded_database).lock_for_hub()
    try:
        with pytest.raises(errors.BadSettings):
            backup.restore(target, tmp_path / "kopie.tar.gz", quiet)
    finally:
        unlock()


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://host", "geen adres", "sqlite:///x"])
def test_a_database_url_that_is_none_is_refused_with_an_example(url, tmp_path):
    with pytest.raises(errors.BadSettings, match="postgresql://"):
        opening.database_at(url, tmp_path)
