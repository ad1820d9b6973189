"""`onthaal check` against real listeners: free, ours, or a stranger's."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import shutil
from datetime import datetime, timedelta

import click.testing
import pytest
from aiohttp import test_utils, web

from channels.email import settings as email_settings
from intake import cli, errors, settings, system
from intake.app import checks, registry, wires
from intake.store import schema, sqlite
from tests.support import loopback, mail_server, site

OK, LOOK, FAILED = checks.State.OK, checks.State.LOOK, checks.State.FAILED


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
    await checks._disk(of)
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
    found = await checks._one("schijf", lambda: checks._disk(of))
    assert found.state is state


def states(said):
    return {line["name"]: line["state"] for line in json.loads(said)}


def test_a_fresh_place_is_told_what_to_do_and_is_not_changed_by_looking(command, tmp_path):
    code, said = command("check", "--json")
    assert code == 1
    assert states(said)["database"] == FAILED
    assert not (tmp_path / "data" / "onthaal.sqlite3").exists()
    assert "onthaal migrate" in said
    command("migrate")
    assert "group add" in command("check")[1]
    command(*GROUP)
    found = states(command("check", "--json")[1])
    assert {found[name] for name in ("schijf", "rechten", "database", "inhoud", "werkplek", "web", "adres")} == {OK}


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
