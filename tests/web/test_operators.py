"""What machines and leads see of a hub: probes, figures, proxies, silent channels; over real HTTP."""

from datetime import timedelta

import aiohttp
import pytest

from intake.domain import silence
from intake.web import addresses, services
from tests.support import fakes, site

LOOPBACK = addresses.networks(("127.0.0.1",))


async def figures():
    return b"onthaal_build_info 1\n"


async def status(running, path, **headers):
    browser = await running.browser()
    return (await browser.ask("GET", path, headers=headers)).status


async def test_health_is_503_only_when_nothing_can_be_taken_in(tmp_path):
    said = {"status": "ok", "parts": {}}

    async def health():
        return said

    async with site.running(tmp_path, health=health) as running:
        for state, code in {"ok": 200, "degraded": 200, "unavailable": 503}.items():
            said["status"] = state
            assert await status(running, "/healthz") == code
        assert await status(running, "/livez") == 200


@pytest.mark.parametrize(
    ("door", "headers", "code"),
    [
        (services.MetricsDoor(), {}, 200),
        (services.MetricsDoor(), {"X-Forwarded-For": "203.0.113.9"}, 403),
        (services.MetricsDoor(), {"X-Forwarded-For": "127.0.0.1"}, 403),
        (services.MetricsDoor(), {"Forwarded": "for=203.0.113.9"}, 403),
        (services.MetricsDoor(allowed=()), {}, 403),
        (services.MetricsDoor(allowed=()), {"Authorization": "Bearer "}, 403),
        (services.MetricsDoor(allowed=(), token="s3cret"), {"Authorization": "Bearer wrong"}, 403),
        (services.MetricsDoor(allowed=(), token="s3cret"), {"Authorization": "bearer s3cret"}, 200),
    ],
)
async def test_figures_are_for_this_machine_and_for_those_with_the_token(tmp_path, door, headers, code):
    async with site.running(tmp_path, metrics=figures, metrics_door=door) as running:
        assert await status(running, "/metrics", **headers) == code


@pytest.mark.parametrize(
    ("forwarded", "code"),
    [("203.0.113.9", 403), ("198.51.100.7", 200), ("198.51.100.7, 203.0.113.9", 403), ("127.0.0.1", 403)],
)
async def test_behind_a_trusted_proxy_the_door_looks_at_the_client(tmp_path, forwarded, code):
    door = services.MetricsDoor(allowed=addresses.networks(("127.0.0.1", "198.51.100.7")))
    async with site.running(tmp_path, metrics=figures, metrics_door=door, trusted_proxies=LOOPBACK) as running:
        assert await status(running, "/metrics", **{"X-Forwarded-For": forwarded}) == code


async def tries(running, who, times, **headers):
    browser = await running.browser()
    fields = {"email": who.email, "password": "mis"}
    return [await (await browser.post("/inloggen", fields, headers=headers)).text() for _ in range(times)]


async def test_tries_to_log_in_count_by_the_client_behind_a_trusted_proxy(tmp_path):
    async with site.running(tmp_path, trusted_proxies=LOOPBACK) as running:
        seen = []

        async def log_in(email, password, origin):
            seen.append(origin)
            return await type(running.doors).log_in(running.doors, email, password, origin)

        running.doors.log_in = log_in
        await tries(running, running.desk.karin, 1, **{"X-Forwarded-For": "1.1.1.1, 203.0.113.9"})
        await tries(running, running.desk.karin, 1)
        assert seen == ["203.0.113.9", "127.0.0.1"]


async def test_without_trusted_proxies_a_forged_header_buys_no_more_tries(tmp_path):
    async with site.running(tmp_path) as running:
        seen = set()

        async def log_in(email, password, origin):
            seen.add(origin)
            return await type(running.doors).log_in(running.doors, email, password, origin)

        running.doors.log_in = log_in
        for last in range(3):
            await tries(running, running.desk.karin, 1, **{"X-Forwarded-For": f"203.0.113.{last}"})
        assert seen == {"127.0.0.1"}


async def test_chats_count_by_the_client_behind_a_trusted_proxy(tmp_path):
    async with site.running(tmp_path, trusted_proxies=LOOPBACK) as running, aiohttp.ClientSession() as http:
        door = running.desk.hub.channels["webchat"]._door
        door.open(running.desk.receive)
        door.max_per_ip = 2

        async def chat(forwarded):
            return await http.ws_connect(f"{running.url}/chat/socket", headers={"X-Forwarded-For": forwarded})

        opened = [await chat("203.0.113.9"), await chat("1.1.1.1, 203.0.113.9"), await chat("203.0.113.10")]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await chat("203.0.113.9")
        assert refused.value.status == 429
        for each in opened:
            await each.close()
        await door.close()


def too_silent(since=fakes.MONDAY):
    return silence.Silence(
        since=since - timedelta(hours=3),
        moments=silence.Moments.OPEN,
        lasted=timedelta(hours=3),
        normal=timedelta(minutes=50),
    )


async def test_leads_read_which_channel_is_silent_since_when_and_what_is_normal(tmp_path):
    async with site.running(tmp_path, silent=lambda: {"email": too_silent()}) as running:
        lead = await running.browser(running.desk.tom)
        for path in ("/werkplek", "/werkplek/deel/lijst", "/werkplek/onleesbaar"):
            page = await lead.get(path)
            assert "E-mail is stil sinds vandaag 07:00: 3 uur tijdens de openingsuren." in page, path
            assert "De laatste weken was dat hoogstens 50 minuten." in page
        employee = await running.browser(running.desk.karin)
        assert "Stil kanaal" not in await employee.get("/werkplek")


async def test_nobody_reads_of_silence_while_there_is_none(tmp_path):
    async with site.running(tmp_path) as running:
        lead = await running.browser(running.desk.tom)
        assert "Stil kanaal" not in await lead.get("/werkplek")
