"""A copy brings everything back, into a database of either kind."""

import errno
import gzip
import io
import json
import shutil
import tarfile
from importlib import resources
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import errors, system
from intake.app import backup, composition, keys, registry, restoring, unpacking
from intake.domain import ids, message
from intake.store import archive, blobs, opening, schema, sqlite, tables
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
        came = message.RawReceipt(
            channel="email", account="info@voorbeeldstad.example", wire_id="large", raw=b"groot" * 100_000, envelope={}
        )
        await desk.store.write(lambda uow: uow.receipts.add(ids.ReceiptId("large"), came, desk.clock.now()))
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
    assert restoring.restore(target, tmp_path / "kopie.tar.gz", quiet) == copied
    before, after = rows_of(composition.database_of(source)), rows_of(composition.database_of(target))
    assert after == before
    assert {name for name, rows in before.items() if rows} >= {"receipt", "contact", "message", "party", "queue_item"}
    assert copied.rows == sum(len(rows) for rows in before.values())
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
        restoring.restore(target, tmp_path / "kopie.tar.gz", quiet)
    assert rows_of(composition.database_of(target)) == before
    with pytest.raises(errors.BadSettings, match="bestaat al"):
        backup.write(source, tmp_path / "kopie.tar.gz", system.SystemClock(), quiet)


async def test_a_damaged_copy_is_refused_before_anything_is_written(tmp_path):
    source, target = settings_of(tmp_path / "source"), settings_of(tmp_path / "target")
    source.data_dir.mkdir()
    await fill(source)
    good, cut = tmp_path / "goed.tar.gz", tmp_path / "half.tar.gz"
    backup.write(source, good, system.SystemClock(), quiet)
    cut.write_bytes(good.read_bytes()[:-2000])

    def rename(folder):
        table = folder / "tables" / "party.jsonl"
        table.write_text(table.read_text().replace("Jan", "Piet"))

    changed = rewritten(good, rename)
    for bad in (cut, changed):
        with pytest.raises(errors.BadSettings, match="beschadigd"):
            restoring.restore(target, bad, quiet)
    assert not (target.data_dir / "onthaal.sqlite3").exists()


def test_a_copy_is_not_brought_back_under_a_running_hub(tmp_path):
    target = settings_of(tmp_path)
    (tmp_path / "kopie.tar.gz").touch()
    unlock = sqlite.SqliteDatabase(target.embedded_database).lock_for_hub()
    try:
        with pytest.raises(errors.BadSettings):
            restoring.restore(target, tmp_path / "kopie.tar.gz", quiet)
    finally:
        unlock()


def rewritten(copy, change):
    """The copy, after `change` had its folder."""
    folder, made = copy.with_name("open"), copy.with_name("anders.tar.gz")
    folder.mkdir()
    unpacking.unpack(copy, folder)
    change(folder)
    with tarfile.open(made, "w:gz") as tar:
        for each in sorted(folder.iterdir()):
            tar.add(each, arcname=each.name)
    shutil.rmtree(folder)
    return made


def of_version(copy, version):
    """The copy as that version made it: 0002 added tables, later ones no table and no column."""

    def change(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["schema"] = version
        if version == "0001":
            del manifest["tables"]["installation"]
            (folder / "tables" / "installation.jsonl").unlink()
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return rewritten(copy, change)


@pytest.fixture
async def copy(tmp_path):
    source = settings_of(tmp_path / "source")
    source.data_dir.mkdir()
    await fill(source)
    backup.write(source, tmp_path / "kopie.tar.gz", system.SystemClock(), quiet)
    return tmp_path / "kopie.tar.gz"


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path):
    """Settings of a place where nothing is yet."""
    if request.param == "sqlite":
        yield settings_of(tmp_path / "target")
        return
    server = request.getfixturevalue("postgres_server")
    url = server.fresh(is_migrated=False)
    yield settings_of(tmp_path / "target", url)
    server.drop(url)


def content(database):
    return {name: rows for name, rows in rows_of(database).items() if name != "installation"}


@pytest.mark.parametrize("migrated_to", [None, "0001", "head"])
@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_copy_of_an_older_version_is_brought_to_todays(copy, tmp_path, target, version, migrated_to):
    if migrated_to:
        composition.make_data_dir(target)
        schema.migrate(composition.database_of(target), migrated_to)
    done = restoring.restore(target, of_version(copy, version), quiet)
    of = composition.database_of(target)
    assert schema.is_current(of)
    before = content(composition.database_of(settings_of(tmp_path / "source")))
    assert content(of) == before
    assert done.rows >= sum(len(rows) for rows in before.values())


LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", {head!r}, None, None


def upgrade():
    op.create_table("wish", sa.Column("id", sa.Text(), primary_key=True))
    op.add_column("conversation", sa.Column("mood", sa.Text(), nullable=False, server_default="calm"))
    op.add_column("job", sa.Column("mood", sa.Text(), nullable=False, server_default="calm"))
    op.execute("UPDATE conversation SET mood = channel")
"""


@pytest.mark.parametrize("is_migrated", [False, True])
def test_steps_that_come_later_are_done_to_the_rows_of_the_copy(copy, tmp_path, target, monkeypatch, is_migrated):
    """Today's copy in tomorrow's program, whose tables have a column more."""
    steps = tmp_path / "migrations"
    shutil.copytree(str(resources.files("intake.store") / "migrations"), steps)
    with tarfile.open(copy) as tar:
        head = json.load(tar.extractfile("manifest.json"))["schema"]
    (steps / "versions" / "9999_later.py").write_text(LATER.format(head=head))
    settings = schema._settings()
    settings.set_main_option("script_location", str(steps))
    monkeypatch.setattr(schema, "_settings", lambda: settings)
    tomorrow = sa.MetaData()
    for table in tables.metadata.tables.values():
        table.to_metadata(tomorrow)
    for name in ("conversation", "job"):
        tomorrow.tables[name].append_column(sa.Column("mood", sa.Text, nullable=False))
    sa.Table("wish", tomorrow, sa.Column("id", sa.Text, primary_key=True))
    monkeypatch.setattr(tables, "metadata", tomorrow)
    if is_migrated:
        composition.make_data_dir(target)
        schema.migrate(composition.database_of(target))
    restoring.restore(target, copy, quiet)
    found = rows_of(composition.database_of(target))
    assert {row[-1] for row in found["conversation"]} == {"webchat"}
    assert {row[-1] for row in found["job"]} == {"calm"}
    assert found["wish"] == []


def test_a_copy_of_a_newer_version_is_refused(copy, target):
    with pytest.raises(errors.BadSettings, match="nieuwere versie"):
        restoring.restore(target, of_version(copy, "9999"), quiet)
    assert left(target) == set()


def left(settings):
    """What is in the data folder, but for the locks."""
    return {
        str(path.relative_to(settings.data_dir))
        for path in settings.data_dir.rglob("*")
        if not path.name.endswith(".lock")
    }


def kept_file(folder):
    (file,) = [path for path in (folder / "data").rglob("*") if path.is_file() and len(path.name) == 64]
    return file


def test_a_kept_file_that_is_not_what_its_name_says_is_named_and_nothing_is_written(copy, target):
    names = []

    def damage(folder):
        file = kept_file(folder)
        names.append(file.name)
        file.write_bytes(b"fout" + file.read_bytes()[4:])

    bad = rewritten(copy, damage)
    with pytest.raises(errors.BadSettings, match=names[0]):
        restoring.restore(target, bad, quiet)
    assert left(target) == set()
    assert restoring.restore(target, bad, quiet, skips_damaged=True).damaged == (names[0],)
    assert not any(names[0] in path for path in left(target))
    assert schema.is_current(composition.database_of(target))


async def test_a_kept_file_that_is_gone_is_told_at_backup_and_at_restore(copy, target, tmp_path):
    (file,) = blobs.FileBlobs(tmp_path / "source").paths()
    file.unlink()
    later = tmp_path / "later.tar.gz"
    assert backup.write(settings_of(tmp_path / "source"), later, system.SystemClock(), quiet).missing == (file.name,)
    assert restoring.restore(target, later, quiet).missing == (file.name,)


@pytest.mark.parametrize("which", [kept_file, lambda folder: folder / "data" / "secrets" / "hub.key"])
def test_a_copy_that_lacks_a_file_is_no_whole_copy(copy, target, which):
    bad = rewritten(copy, lambda folder: which(folder).unlink())
    with pytest.raises(errors.BadSettings, match="geen reservekopie"):
        restoring.restore(target, bad, quiet)
    assert left(target) == set()


async def test_a_backup_tells_which_files_the_disk_damaged(copy, tmp_path):
    (file,) = blobs.FileBlobs(tmp_path / "source").paths()
    file.write_bytes(b"fout")
    done = backup.write(settings_of(tmp_path / "source"), tmp_path / "later.tar.gz", system.SystemClock(), quiet)
    assert done.damaged == (file.name,)


def lose_a_party(folder):
    """A table that is whole, but whose rows others point at in vain."""
    import hashlib

    (folder / "tables" / "party.jsonl").write_bytes(b"")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"]["party"] = {"rows": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("is_migrated", [False, True])
def test_a_restore_that_fails_leaves_nothing_and_can_be_done_again(copy, target, is_migrated):
    if is_migrated:
        composition.make_data_dir(target)
        schema.migrate(composition.database_of(target))
    before = left(target)
    with pytest.raises(errors.BadSettings, match="niets teruggezet"):
        restoring.restore(target, rewritten(copy, lose_a_party), quiet)
    assert {path for path in left(target) if not path.endswith(("-wal", "-shm"))} == before
    if not is_migrated and target.database_url.get_secret_value():
        of = composition.database_of(target)
        assert schema.through(of.reader(), schema.version_of, of.name) is None
    assert restoring.restore(target, copy, quiet).rows


def test_a_full_disk_half_way_leaves_nothing_and_says_what_to_do(copy, target, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "load", full)
    with pytest.raises(errors.StoreFull, match="Er is niets veranderd"):
        restoring.restore(target, copy, quiet)
    assert left(target) == set()


def test_everything_is_on_the_disk_before_the_restore_says_so(copy, target, monkeypatch):
    synced, committed = set(), []
    sync, load = blobs.sync, archive.load

    def note(*given):
        committed.append(set(synced))
        load(*given)

    monkeypatch.setattr(blobs, "sync", lambda path: (synced.add(Path(path).stat().st_ino), sync(path)))
    monkeypatch.setattr(archive, "load", note)
    restoring.restore(target, copy, quiet)
    placed = [path for top in ("secrets", "[0-9a-f][0-9a-f]") for path in target.data_dir.glob(f"{top}/**/*")]
    placed += target.data_dir.glob("[0-9a-f][0-9a-f]")
    assert len(placed) >= 4
    assert {path.stat().st_ino for path in (*placed, target.data_dir)} <= committed[0]


def test_one_copy_at_a_time_is_brought_back_into_a_data_folder(copy, target):
    composition.make_data_dir(target)
    (target.data_dir / ".restore-gone").mkdir()
    with restoring._alone(target.data_dir), pytest.raises(errors.BadSettings, match="al een kopie"):
        restoring.restore(target, copy, quiet)
    assert restoring.restore(target, copy, quiet).rows
    assert not [path for path in left(target) if path.startswith(".restore")]


async def test_backups_at_the_same_moment_do_not_meet(copy, tmp_path):
    """The second begins while the first is half way; to the same file the quicker one wins."""
    source, first, other = settings_of(tmp_path / "source"), tmp_path / "een.tar.gz", tmp_path / "twee.tar.gz"
    begun = []

    def meanwhile(rows):
        if not begun:
            begun.append(rows)
            backup.write(source, first, system.SystemClock(), quiet)
            backup.write(source, other, system.SystemClock(), quiet)
        return quiet(rows)

    with pytest.raises(errors.BadSettings, match="bestaat al"):
        backup.write(source, first, system.SystemClock(), meanwhile)
    for each in (first, other):
        target = settings_of(tmp_path / each.stem)
        assert restoring.restore(target, each, quiet).rows
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a@een,twee:x/c",
        "postgresql://a@een,/c",
        "postgresql://een,twee",
        "postgresql://a@een,twee/c?target_session_attrs=standby",
        "mysql://a@b/c",
        "postgresql://host",
        "geen adres",
        "sqlite:///x",
    ],
)
def test_a_database_url_that_is_none_is_refused_with_an_example(url, tmp_path):
    with pytest.raises(errors.BadSettings, match="postgresql://"):
        opening.database_at(url, tmp_path)


def packed(path, *members):
    """An archive with these members: a name, or a name with what else it is."""
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            name, more = member if isinstance(member, tuple) else (member, {})
            entry = tarfile.TarInfo(name)
            for key, value in more.items():
                setattr(entry, key, value)
            entry.size = 0 if more else 4
            tar.addfile(entry, None if more else io.BytesIO(b"tien"))
    return path


LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}


@pytest.mark.parametrize(
    "member",
    [
        "/etc/cron.d/x",
        "../buiten",
        "data/../../buiten",
        "data/secrets/..",
        "data/secrets/a/b",
        "./manifest.json",
        "anders.txt",
        "data/onthaal.sqlite3",
        "tables/../x.jsonl",
        ("tables", LINK),
        ("data/secrets/hub.key", LINK),
        ("data/secrets/hub.key", {"type": tarfile.LNKTYPE, "linkname": "manifest.json"}),
        ("data/secrets/hub.key", {"type": tarfile.FIFOTYPE}),
        ("data/secrets/hub.key", {"type": tarfile.CHRTYPE}),
        ("data/elders", {"type": tarfile.DIRTYPE}),
    ],
)
def test_only_what_a_backup_holds_is_unpacked(tmp_path, member):
    target = settings_of(tmp_path / "target")
    with pytest.raises(errors.BadSettings, match=r"hoort niet in een reservekopie.*niets teruggezet"):
        restoring.restore(target, packed(tmp_path / "kopie.tar.gz", member), quiet)
    assert left(target) == set()
    assert {path.name for path in tmp_path.iterdir()} == {"target", "kopie.tar.gz"}


def test_a_name_that_comes_twice_is_refused(tmp_path):
    twice = packed(tmp_path / "kopie.tar.gz", "data/secrets/hub.key", "data/secrets/hub.key")
    with pytest.raises(errors.BadSettings, match="hoort niet"):
        restoring.restore(settings_of(tmp_path / "target"), twice, quiet)


def test_a_copy_that_was_cut_off_or_spoilt_anywhere_is_refused_in_one_sentence(copy, tmp_path):
    """Also where the cut is between two members: what is missing then is the list of contents."""
    whole, bad, target = copy.read_bytes(), tmp_path / "slecht.tar.gz", settings_of(tmp_path / "target")
    plain = gzip.decompress(whole)
    step = len(whole) // 12
    found = [whole[:end] for end in range(0, len(whole), step)]
    found += [whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in range(2, len(whole), step)]
    found += [gzip.compress(plain[:end]) for end in (0, 512, 1024, 5000, 10240, len(plain) // 2)]
    found += [b"geen archief" * 100, gzip.compress(b"geen archief" * 100)]
    for content in found:
        bad.write_bytes(content)
        with pytest.raises(errors.BadSettings, match="reservekopie"):
            restoring.restore(target, bad, quiet)
    assert left(target) == set()


@pytest.mark.parametrize(
    "manifest", ["[]", "{}", '"x"', '{"form": 1, "tables": []}', '{"form": 1, "tables": {"a": 1}}']
)
def test_a_list_of_contents_of_another_form_is_refused(copy, tmp_path, manifest):
    bad = rewritten(copy, lambda folder: (folder / "manifest.json").write_text(manifest))
    with pytest.raises(errors.BadSettings, match="reservekopie"):
        restoring.restore(settings_of(tmp_path / "target"), bad, quiet)


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EACCES, "geen rechten"), (errno.ENOSPC, "geen plaats"), (errno.EROFS, "alleen gelezen")],
)
def test_a_backup_that_cannot_be_written_says_why(copy, tmp_path, monkeypatch, number, said):
    def refuse(*_, **more):
        raise OSError(number, "English", f"{more['dir']}/.kopie.part")

    monkeypatch.setattr(backup.tempfile, "mkstemp", refuse)
    with pytest.raises(errors.StoreFull, match=said) as refused:
        backup.write(settings_of(tmp_path / "source"), tmp_path / "x.tar.gz", system.SystemClock(), quiet)
    assert ".part" not in str(refused.value)
    assert "English" not in str(refused.value)


def test_a_backup_into_a_folder_that_is_not_there_says_so(copy, tmp_path):
    with pytest.raises(errors.StoreFull, match="weg bestaat niet"):
        backup.write(settings_of(tmp_path / "source"), tmp_path / "weg" / "x.tar.gz", system.SystemClock(), quiet)
