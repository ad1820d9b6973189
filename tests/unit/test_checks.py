"""`onthaal check` against real listeners: free, ours, or a stranger's."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import shutil
import subprocess
from datetime import datetime, timedelta

import click
import click.testing
import pytest
from aiohttp import test_utils, web

from channels.email import settings as email_settings
from intake import cli, errors, settings, system
from intake.app import checks, composition, demo, keys, registry, wires
from intake.store import schema, sqlite
from tests.support import loopback, mail_server, running, site

OK, LOOK, FAILED, SKIPPED = checks.State.OK, checks.State.LOOK, checks.State.FAILED, checks.State.SKIPPED
OF_THE_FOLDER = ["schijf", "rechten", "database", "groepen", "inhoud", "bot"]


class NoMail:
    async def recipient(self, envelope, address):
        return "550 5.1.1 No"

    async def mail(self, envelope, peer):
        return "451 4.3.0 No"


def our_smtp():
    return mail_server.serving(NoMail(), "stad.example")


@contextlib.asynccontextmanager
async def strange_listener(greeting):
    """Greets the one who connects; ends when that one was gone."""
    is_over = asyncio.Event()

    async def greet(reader, writer):
        writer.write(greeting)
        with contextlib.suppress(ConnectionError):
            await reader.read(1)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        is_over.set()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await is_over.wait()
        server.close()
        await server.wait_closed()


@contextlib.asynccontextmanager
async def web_server(answers):
    async def answer(request):
        return web.json_response(answers.get(request.path), status=200 if request.path in answers else 404)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    server = test_utils.TestServer(app)
    await server.start_server()
    try:
        yield server.port
    finally:
        await server.close()


def email(**more):
    return email_settings.Settings(addresses=("info@stad.example",), **more)


def hub(tmp_path, **more):
    return settings.Settings(data_dir=tmp_path / "data", **more)


async def test_a_free_smtp_port_is_free_and_our_own_hub_is_known():
    (port,) = loopback.free_ports(1)
    assert "is vrij" in await wires.mail_in(email(listen_port=port))
    async with our_smtp() as port:
        assert "de hub luistert" in await wires.mail_in(email(listen_port=port))


async def test_a_stranger_on_the_smtp_port_is_named_with_the_setting():
    async with strange_listener(b"220 postfix ESMTP\r\n") as port:
        with pytest.raises(errors.BadSettings, match=r"ander programma.*LISTEN_PORT"):
            await wires.mail_in(email(listen_port=port))


async def test_without_own_addresses_no_mail_comes_in():
    with pytest.raises(errors.BadSettings, match="ADDRESSES"):
        await wires.mail_in(email_settings.Settings())


async def test_a_relay_is_greeted_and_one_that_is_away_is_named():
    async with our_smtp() as port:
        assert "groet terug, zonder versleuteling" in await wires.mail_out(email(relay_port=port))
        with pytest.raises(errors.RetryLater, match="niet bruikbaar"):
            await wires.mail_out(email(relay_port=port, relay_tls="starttls"))
    with pytest.raises(errors.RetryLater, match="RELAY_HOST"):
        await wires.mail_out(email(relay_port=loopback.free_ports(1)[0]))


async def test_the_web_port_is_free_ours_or_a_strangers(tmp_path):
    (port,) = loopback.free_ports(1)
    assert "is vrij" in await wires.web(hub(tmp_path, web={"port": port}))
    async with web_server({"/healthz": {"status": "ok", "parts": {"bot": "ok"}}}) as port:
        assert "de hub draait" in await wires.web(hub(tmp_path, web={"port": port}))
    async with web_server({"/healthz": {"status": "degraded", "parts": {"bot": "failed"}}}) as port:
        with pytest.raises(errors.BadSettings, match="bot"):
            await wires.web(hub(tmp_path, web={"port": port}))
    async with web_server({}) as port:
        with pytest.raises(errors.BadSettings, match="ander programma"):
            await wires.web(hub(tmp_path, web={"port": port}))


@pytest.mark.parametrize("address", ["stad.example", "https://stad.example/onthaal", "http://stad.example"])
async def test_a_public_address_that_cannot_work_is_refused(tmp_path, address):
    with pytest.raises(errors.BadSettings, match="PUBLIC_URL"):
        await wires.public_url(hub(tmp_path, web={"public_url": address, "port": loopback.free_ports(1)[0]}))


async def test_the_public_address_has_to_lead_to_the_hub_that_runs(tmp_path):
    answers = {"/livez": {"status": "ok"}}
    async with web_server(answers) as port:
        named = hub(tmp_path, web={"port": port, "public_url": f"http://127.0.0.1:{port}"})
        assert "leidt naar de hub" in await wires.public_url(named)
        answers.clear()
        with pytest.raises(errors.BadSettings, match="leidt niet"):
            await wires.public_url(named)


async def test_a_bot_elsewhere_that_does_not_answer_is_named(tmp_path):
    away = f"http://127.0.0.1:{loopback.free_ports(1)[0]}"
    with pytest.raises(errors.BadSettings, match="Rasa"):
        await wires.bot(hub(tmp_path, bot={"url": away}))


async def rights(of):
    return await checks._one("rechten", lambda: checks._rights(of))


async def test_secrets_and_data_that_others_may_read_are_told_with_the_command_that_mends_it(tmp_path):
    of = hub(tmp_path)
    composition.make_data_dir(of)
    assert of.data_dir.stat().st_mode & 0o777 == 0o700
    secrets = of.data_dir / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "hub.key").write_bytes(b"x" * 32)
    (secrets / "hub.key").chmod(0o644)
    found = await rights(of)
    assert (found.state, f"chmod 600 {secrets / 'hub.key'}" in found.says) == (FAILED, True)
    (secrets / "hub.key").chmod(0o600)
    assert (await rights(of)).state is OK
    of.data_dir.chmod(0o755)
    assert (await rights(of)).state is LOOK
    of.data_dir.chmod(0o750)
    secrets.chmod(0o755)
    assert (await rights(of)).state is FAILED


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Runs `onthaal …` on data of its own; returns its exit status and what it said."""
    monkeypatch.setenv("ONTHAAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ONTHAAL_WEB__PORT", str(loopback.free_ports(1)[0]))
    monkeypatch.setenv("ONTHAAL_WEB__NODE_MODULES", str(site.NODE_MODULES))
    handlers = logging.getLogger().handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", "intake", "channels")}

    def run(*words):
        done = click.testing.CliRunner().invoke(cli.commands, words)
        if isinstance(done.exception, errors.IntakeError):
            return 1, str(done.exception)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    yield run
    logging.getLogger().handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


GROUP = ("group", "add", "--id", "onthaal", "--name", "Onthaal", "--front-desk")
JAN = ("employee", "add", "--name", "Jan Jans", "--email", "jan@stad.example", "--group", "onthaal")
PASSWORD = ("--password", "een lang wachtwoord")


LOOKING = [("ledger",), ("employee", "list"), ("token", "list"), ("check",)]
WRITING = [GROUP, (*JAN, *PASSWORD), ("employee", "deactivate", "jan@stad.example"), ("token", "revoke", "zaak"),
           ("token", "create", "--name", "zaak", "--scope", "contacts:read")]  # fmt: skip


@pytest.mark.parametrize("words", LOOKING + WRITING)
def test_a_command_beside_a_hub_of_another_version_changes_no_schema(command, tmp_path, words):
    of = sqlite.SqliteDatabase(tmp_path / "data" / "onthaal.sqlite3")
    (tmp_path / "data").mkdir()
    schema.migrate(of, "0002")
    code, said = command(*words)
    assert (code, "`onthaal migrate`" in said) == (1, True)
    assert schema.through(of.reader(), schema.version_of, "it") == "0002"
    assert command("migrate")[0] == 0
    assert schema.is_current(of)


@pytest.mark.parametrize("words", LOOKING)
def test_a_command_that_looks_makes_no_database(command, tmp_path, words):
    code, said = command(*words)
    assert (code, "`onthaal migrate`" in said) == (1, True)
    assert not (tmp_path / "data" / "onthaal.sqlite3").exists()


@pytest.mark.parametrize(("free", "state"), [(40_000_000, FAILED), (60_000_000, LOOK), (2_000_000_000, OK)])
async def test_little_room_is_a_warning_and_hardly_any_a_failure(tmp_path, monkeypatch, free, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1 << 40, 0, free))
    of = hub(tmp_path)
    composition.make_data_dir(of)
    found = await checks._one("schijf", lambda: checks._disk(of))
    assert found.state is state


async def test_a_database_that_takes_no_row_or_forgets_at_a_power_cut_is_told(tmp_path, postgres_server):
    url = postgres_server.fresh()
    of = registry.load_settings(data_dir=tmp_path / "data", database_url=url)
    composition.make_data_dir(of)
    looked = await checks._one("database", lambda: checks._database(of))
    assert looked.state is LOOK
    assert "fsync" in looked.says
    name = url.rpartition("/")[2]
    postgres_server.execute(name, "CREATE ROLE reader LOGIN IN ROLE pg_read_all_data")
    of = registry.load_settings(data_dir=tmp_path / "data", database_url=url.replace("onthaal@", "reader@"))
    refused = await checks._one("database", lambda: checks._database(of))
    assert refused.state is FAILED
    assert "rechten" in refused.says
    postgres_server.drop(url)


def states(said):
    return {line["name"]: line["state"] for line in json.loads(said)}


def test_a_fresh_place_is_told_what_to_do_and_is_not_changed_by_looking(command, tmp_path):
    code, said = command("check", "--json")
    assert code == 1
    assert [name for name, state in states(said).items() if state == SKIPPED] == OF_THE_FOLDER
    assert states(said)["map"] == FAILED
    assert not (tmp_path / "data" / "onthaal.sqlite3").exists()
    assert "onthaal migrate" in said
    command("migrate")
    assert "group add" in command("check")[1]
    command(*GROUP)
    found = states(command("check", "--json")[1])
    assert {found[name] for name in ("map", "schijf", "rechten", "database", "groepen", "inhoud", "web", "adres")} == {
        OK
    }


def test_an_employee_who_was_deactivated_can_come_back_under_the_same_address(command):
    command(*GROUP)
    command(*JAN, *PASSWORD)
    assert command("employee", "deactivate", "jan@stad.example")[0] == 0
    assert "uitgezet" in command("employee", "list")[1]
    assert command(*JAN, *PASSWORD)[0] == 0
    (jan,) = json.loads(command("employee", "list", "--json")[1])
    assert (jan["email"], jan["is_active"]) == ("jan@stad.example", True)
    assert command("employee", "deactivate", "els@stad.example")[0] == 1


def test_tokens_are_listed_without_themselves_and_revoked_by_name(command):
    token = command("token", "create", "--name", "zaak", "--scope", "contacts:read")[1].strip()
    code, said = command("token", "list")
    assert (code, "zaak" in said, token in said) == (0, True, False)
    assert command("token", "revoke", "zaak")[0] == 0
    assert json.loads(command("token", "list", "--json")[1])[0]["revoked_at"] is not None
    assert command("token", "revoke", "zaak")[0] == 1


def keep(tmp_path, minutes, outcome=None):
    """A receipt that came in so many minutes ago."""
    import sqlite3
    from datetime import timedelta

    from intake import system

    at = (system.SystemClock().now() - timedelta(minutes=minutes)).replace(tzinfo=None).isoformat(" ", "microseconds")
    row = (f"r{minutes}", "email", "info", f"w{minutes}", b"x", "{}", at, outcome)
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "onthaal.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO receipt (id, channel, account, wire_id, raw, envelope, received_at, outcome) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )


def test_the_ledger_closes_or_names_what_waits_and_says_so_by_its_exit_status(command, tmp_path):
    command("migrate")
    keep(tmp_path, 0, "message")
    code, said = command("ledger", "--days", "2")
    assert (code, "De som klopt" in said) == (0, True)
    head, rule, line, *_ = said.splitlines()
    assert rule == "─" * len(head)
    assert line.index("email") == head.index("kanaal")
    keep(tmp_path, 5)
    code, said = command("ledger")
    assert code == 1
    assert "r5  email" in said
    assert "er wacht geen werk" in said
    found = json.loads(command("ledger", "--json")[1])
    assert (found["closes"], found["total"]["received"], found["overdue"][0]["id"]) == (True, 2, "r5")
    command(*GROUP)
    assert states(command("check", "--json")[1])["inhoud"] == LOOK


def test_addresses_that_are_none_are_named_by_their_setting(monkeypatch):
    monkeypatch.setenv("ONTHAAL_WEB__TRUSTED_PROXIES", '["proxy.stad.example"]')
    monkeypatch.setenv("ONTHAAL_METRICS__ALLOWED", '["10.0.0.0/99"]')
    with pytest.raises(errors.BadSettings) as refused:
        registry.load_settings()
    assert "ONTHAAL_WEB__TRUSTED_PROXIES" in str(refused.value)
    assert "ONTHAAL_METRICS__ALLOWED" in str(refused.value)


def test_a_result_is_plain_data():
    assert dataclasses.asdict(checks.Result(name="bot", state=OK, says="ja"))["state"] == "ok"


def test_the_days_of_the_ledger_are_those_of_the_database_whatever_this_machine_says(command, monkeypatch):
    command("migrate")
    right = system.SystemClock().now()
    monkeypatch.setattr(system.SystemClock, "now", lambda _: right + timedelta(days=3))
    _, said = command("ledger", "--json")
    assert abs(datetime.fromisoformat(json.loads(said)["at"]) - right) < timedelta(minutes=5)


@pytest.mark.parametrize("words", [("check",), ("migrate",)])
def test_a_data_folder_that_cannot_be_made_is_one_fault(command, tmp_path, words):
    (tmp_path / "data").write_text("geen map")
    code, said = command(*words)
    assert code == 1
    assert "geen map" in said
    assert said.count("ONTHAAL_DATA_DIR") == 1
    if words == ("check",):
        assert [
            line.split()[1].rstrip(":") for line in said.splitlines() if "niet bekeken: eerst" in line
        ] == OF_THE_FOLDER
        assert said.count(str(tmp_path / "data")) == 1


def test_a_folder_that_is_of_somebody_else_is_told_once(command, tmp_path, monkeypatch):
    command("migrate")
    monkeypatch.setattr(checks.os, "access", lambda *_: False)
    code, said = command("migrate")
    assert (code, "geef de map aan de gebruiker van de hub" in said) == (1, True)
    assert command("check")[1].count("geef de map aan de gebruiker van de hub") == 1


def listed(command):
    return {one["id"]: one for one in json.loads(command("group", "list", "--json")[1])}


def test_what_is_not_named_of_a_group_stays_as_it_is(command):
    code, said = command(*GROUP, "--answer-within", "8", "--hours", "10:00-12:00", "--unit", "balie")
    made = "onthaal, open ma-vr 10:00-12:00, antwoord binnen 8 openingsuren, eenheid balie"
    assert (code, said) == (0, f"Groep Onthaal (onthaal) is gemaakt: {made}.\n")
    before = listed(command)["onthaal"]
    code, said = command("group", "add", "--id", "onthaal", "--name", "Balie")
    assert (code, said) == (0, "Groep Balie (onthaal) is gewijzigd: naam Balie (was Onthaal).\n")
    assert listed(command)["onthaal"] == before | {"name": "Balie"}
    code, said = command("group", "add", "--id", "onthaal", "--answer-within", "4", "--hours", "09:00-17:00")
    assert "open ma-vr 09:00-17:00 (was ma-vr 10:00-12:00), antwoord binnen 4 openingsuren (was 8" in said
    assert listed(command)["onthaal"]["is_front_desk"]
    assert "niets is gewijzigd" in command("group", "add", "--id", "onthaal", "--name", "Balie")[1]
    code, said = command("group", "add", "--id", "nieuw")
    assert (code, "--name" in said) == (1, True)


def test_there_is_one_front_desk_and_the_one_before_is_told(command):
    code, said = command("group", "add", "--id", "wegen", "--name", "Wegen")
    assert (code, "Nog geen groep is het onthaal" in said) == (0, True)
    code, said = command("check")
    assert code == 1
    assert "geen groep is het onthaal; kies er één met `onthaal group add --id wegen --front-desk`" in said
    assert "is het onthaal" not in command(*GROUP)[1]
    code, said = command("group", "add", "--id", "wegen", "--front-desk", "--unit", "balie")
    assert "Het onthaal was Onthaal (onthaal); nu is dat Wegen (wegen)." in said
    assert [one["id"] for one in listed(command).values() if one["is_front_desk"]] == ["wegen"]
    assert "(was van wegen)" in command("group", "add", "--id", "onthaal", "--unit", "balie")[1]


def test_two_front_desks_of_an_older_version_are_a_fault_with_the_command_that_mends_it(command, tmp_path):
    import sqlite3

    command(*GROUP)
    command("group", "add", "--id", "wegen", "--name", "Wegen")
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "onthaal.sqlite3")) as database, database:
        database.execute("UPDATE handler_group SET is_front_desk = 1")
    code, said = command("check")
    assert (code, "meer dan één groep is het onthaal (onthaal, wegen)" in said) == (1, True)
    command("group", "add", "--id", "onthaal", "--front-desk")
    assert states(command("check", "--json")[1])["groepen"] == OK


def test_groups_are_listed_with_what_belongs_to_them(command):
    command(*GROUP, "--unit", "balie", "--unit", "loket")
    command(*JAN, *PASSWORD)
    head, _, line = command("group", "list")[1].splitlines()
    assert head.split() == ["id", "naam", "onthaal", "termijn", "uren", "eenheden", "medewerkers"]
    assert line.split() == [
        "onthaal",
        "Onthaal",
        "ja",
        "16",
        "openingsuren",
        "ma-vr",
        "09:00-17:00",
        "balie,",
        "loket",
        "1",
    ]
    one = listed(command)["onthaal"]
    assert (one["units"], one["employees"], one["hours"]["mon"]) == (["balie", "loket"], 1, ["09:00-17:00"])


def test_the_password_is_asked_for_in_dutch(command, monkeypatch):
    command(*GROUP)
    given = iter(["een lang wachtwoord", "een ander woord", "een lang wachtwoord", "een lang wachtwoord"])
    asked = []
    monkeypatch.setattr(click, "prompt", lambda text, **more: asked.append((text, more)) or next(given))
    code, said = command(*JAN)
    assert (code, "niet twee keer hetzelfde" in said) == (0, True)
    assert [text for text, _ in asked] == ["Wachtwoord (minstens 12 tekens)", "Nog een keer"] * 2
    assert all(more == {"hide_input": True} for _, more in asked)


async def test_check_looks_with_the_settings_of_a_demo_that_runs_and_only_then(tmp_path, monkeypatch):
    monkeypatch.setenv("ONTHAAL_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "data"
    async with demo.prepare() as prepared:
        found = demo.settings_now(folder)
        assert registry.load_settings(**found).model_dump() == prepared.settings.model_dump()
        results = await checks.run(prepared.settings, is_demo=True)
        assert results[0].says == "de demo draait; gekeken is met haar instellingen"
        assert {result.name: result.state for result in results}["mail uit"] is OK
        (folder / "kopie").write_text((folder / demo.GIVEN).read_text())
        async with demo.prepare():  # a second hub of the same demo
            assert demo.settings_now(folder) == found
        assert demo.settings_now(folder) == found
    assert demo.settings_now(folder) == {}
    (folder / "kopie").rename(folder / demo.GIVEN)  # as one leaves it that was killed
    assert demo.settings_now(folder) == {}


async def test_a_hub_without_a_model_leaves_nothing_open(tmp_path):
    import threading

    before = set(threading.enumerate())
    of = registry.load_settings(data_dir=tmp_path / "data", bot={"model": tmp_path})
    for _ in range(2):  # the second would find the lock of the first
        with pytest.raises(errors.BadSettings, match="geen botmodel"):
            composition.build(of)
    assert set(threading.enumerate()) == before


def test_what_a_command_makes_is_for_nobody_else(tmp_path):
    environment = {**running.plain_environment(), "ONTHAAL_DATA_DIR": str(tmp_path / "a" / "data")}
    for words in (GROUP, ("secret", "make", "--group-reads", str(tmp_path / "shared" / "password"))):
        subprocess.run(
            [*running.ONTHAAL, *words], cwd=running.ROOT, env=environment, check=True, umask=0o022, timeout=60
        )
    made = list((tmp_path / "a").rglob("*"))
    assert len(made) > 3
    assert not [path for path in (tmp_path / "a", *made) if path.stat().st_mode & 0o077]
    assert (tmp_path / "shared" / "password").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o750
    keys.write_private(tmp_path / "own", "x")
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o600
