"""Two hub processes on one PostgreSQL database serve one desk; when one of them dies the other goes on."""

import asyncio
import contextlib

import pytest

from tests.support import main_job, postgres, running

pytestmark = [pytest.mark.bot, pytest.mark.browser]


@pytest.fixture(scope="module")
def server():
    with postgres.server() as opened:
        yield opened


@pytest.fixture
def hubs(server, tmp_path):
    """Two demo cities that are one: the same database and the same data folder."""
    url = server.fresh(is_migrated=False)
    made: list[running.RunningDemo] = []
    try:
        for _ in range(2):
            made.append(running.RunningDemo(tmp_path / "data", ONTHAAL_DATABASE_URL=url))
            made[-1].start()
        yield made
    finally:
        for each in made:
            if each.process is not None and each.process.poll() is None:
                assert each.stop() == 0
        server.drop(url)


@pytest.mark.timeout(400)
def test_citizens_at_one_hub_and_employees_at_the_other_do_the_main_job(hubs):
    citizens, employees = hubs
    main_job.work(citizens, employees)


@pytest.mark.timeout(300)
async def test_what_a_killed_hub_had_taken_in_is_answered_by_the_other(hubs, server):
    dying, living = hubs
    database = living.environment["ONTHAAL_DATABASE_URL"].rpartition("/")[2]

    def count(condition: str) -> int:
        return server.execute(database, f"SELECT count(*) AS n FROM receipt WHERE {condition}")[0]["n"]

    async with running.ChatClient(dying.url) as citizen:
        await citizen.ask("Hoe vraag ik een paspoort aan?")
        token, seq = citizen.token, citizen.seq
        for number in range(12):
            await asyncio.to_thread(dying.send_mail, "Hoe vraag ik een paspoort aan?", f"Vraag {number}")
        asked = await citizen.send(text="Ik wil een medewerker spreken")
        await citizen.until(lambda: asked in citizen.acks)
        dying.kill()
        with contextlib.suppress(ConnectionError):
            await citizen._socket.close()
    again = running.ChatClient(living.url)
    again.token, again.seq = token, seq
    async with again:
        await again.until(lambda: any(state["owner"] == "queue" for state in again.states), 45)
    await asyncio.to_thread(running.wait_until, lambda: count("outcome IS NULL") == 0, 60, "everything was read")
    assert count("outcome = 'message'") == 14
    contacts = server.execute(database, "SELECT count(*) AS n FROM contact")[0]["n"]
    assert contacts == 13
