"""The ledger, the figures, the silence and the forgetting of a whole hub with scripted edges."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from intake import errors
from intake.domain import contact, silence
from intake.flow import access, ledger, prune, watch
from intake.flow import silence as listening
from tests.support import fakes, site


class Tally:
    """See `observing.Meters`: remembers every call."""

    def __init__(self):
        self.seen = Counter()

    def __getattr__(self, name):
        return lambda *parts, **more: self.seen.update([(name, *parts, *more.values())])

    def of(self, name):
        return {key[1:]: count for key, count in self.seen.items() if key[0] == name}


@pytest.fixture
def tally(desk):
    counted = Tally()
    object.__setattr__(desk.hub, "meters", counted)
    return counted


async def sheet(desk, days=1):
    return await ledger.draw_up(desk.store, desk.clock.now(), "Europe/Brussels", days)


async def test_the_sum_closes_for_everything_that_came_in(desk):
    await desk.mail("Hoe vraag ik een paspoort aan?")
    await desk.broken_mail(errors.Unreadable("kapot"))
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hallo")
    found = await sheet(desk)
    assert found.is_well
    assert [(line.channel, line.received) for line in found.lines] == [("email", 2), ("webchat", 1)]
    assert found.total().outcomes["quarantined"] == 1


async def test_days_are_those_of_the_city(desk):
    desk.clock.at = fakes.MONDAY.replace(hour=22, minute=30)
    await desk.mail("Voor middernacht")
    desk.clock.pass_time(hours=1)
    await desk.mail("Na middernacht")
    found = await sheet(desk, days=3)
    assert [(line.day.day, line.received) for line in found.lines] == [(24, 1), (23, 1)]


async def test_a_receipt_that_stays_open_is_named_after_a_minute(desk):
    receipt = await desk.mail("Nog niet gelezen", settle=False)
    assert (await sheet(desk)).is_well
    desk.clock.pass_time(seconds=61)
    found = await sheet(desk)
    assert found.closes
    assert not found.is_well
    assert [(one.id, one.has_work) for one in found.overdue] == [(receipt, True)]


async def test_a_receipt_that_one_index_misses_breaks_the_sum(desk):
    await desk.mail("Hallo daar")
    line = (await sheet(desk)).lines[0]
    broken = ledger.Line(day=line.day, channel="email", received=2, outcomes=line.outcomes)
    found = ledger.Sheet(at=fakes.MONDAY, lines=[broken], overdue=())
    assert not found.closes
    assert not found.is_well


async def test_an_outcome_that_leads_nowhere_breaks_the_sum(desk):
    await desk.mail("Hallo daar")
    await desk.mail("Hallo daar")
    assert (await sheet(desk)).closes

    statement = "UPDATE receipt SET outcome_ref = 'gone'"
    await desk.store.write(lambda uow: uow.receipts._in.connection.exec_driver_sql(statement) and None)
    found = await sheet(desk)
    assert not found.closes
    assert found.lines[0].astray == found.lines[0].received


async def test_deliveries_are_counted_as_kept_as_again_or_as_refused(desk, tally):
    await desk.mail("Eerste")
    desk._count -= 1
    await desk.mail("Eerste")
    await desk.store.close()
    with pytest.raises(errors.StoreFull):
        await desk.mail("Te laat")
    assert tally.of("received") == {("email", True): 1, ("email", False): 1}
    assert tally.of("refused") == {("email",): 1}
    assert tally.of("settled") == {("email", "message"): 1}
    assert tally.of("job_ended")[("parse", "done")] == 1


async def test_a_bot_answer_that_the_citizen_agrees_with_is_settled_by_the_bot(desk, tally):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "paspoort")
    assert tally.of("first_contact") == {}
    await desk.chat(chat.conversation_id, "ja hoor")
    assert tally.of("first_contact") == {("bot",): 1}
    assert tally.of("bot_turn") == {("answer", ""): 1, ("close", ""): 1}


async def test_silence_after_a_bot_answer_is_settled_by_the_bot_too(desk, tally):
    await desk.mail("Hoe vraag ik een paspoort aan?")
    desk.clock.pass_time(days=15)
    await watch.close_silent(desk.hub)
    assert tally.of("first_contact") == {("bot",): 1}
    assert tally.of("delivery") == {("email", "sent"): 1}


@pytest.mark.parametrize("then", [contact.Owner.CITIZEN, contact.Owner.CLOSED])
async def test_what_the_front_desk_answers_at_once_is_settled_there_and_counts_once(desk, tally, then):
    await desk.mail("Ik wil een medewerker")
    of = await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Dag")
    assert tally.of("first_contact") == {}
    await desk.writer.reply(desk.karin, of.id, "Nog iets", then=then)
    await desk.desk.take_up(desk.karin, of.id)
    await desk.writer.finish(desk.karin, of.id, contact.Owner.CLOSED)
    assert tally.of("first_contact") == {("front_desk",): 1}


async def test_what_was_sent_on_is_dispatched_also_when_it_came_back(desk, tally):
    await desk.mail("Ik wil een medewerker")
    of = await desk.desk.take_next(desk.karin)
    await desk.desk.transfer(desk.karin, of.id, "burgerzaken", "Weet ik niet")
    await desk.desk.transfer(desk.karin, of.id, "onthaal", "Toch wel")
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Dag", then=contact.Owner.CLOSED)
    assert tally.of("first_contact") == {("dispatched",): 1}


async def test_a_delivery_that_is_refused_is_counted(desk, tally):
    desk.wire.fail_with = errors.GaveUp("weg")
    await desk.mail("Hoe vraag ik een paspoort aan?")
    assert tally.of("delivery") == {("email", "failed"): 1}


async def heard_for_weeks(desk):
    """A mail each half hour of the opening hours of three weeks; ends on a Friday at noon."""
    for back in range(21, 2, -1):
        day = fakes.MONDAY.replace(hour=8, minute=0) - timedelta(days=back)
        if day.weekday() < 5:
            for half in range(17):
                desk.clock.at = day + timedelta(minutes=30 * half)
                await desk.mail("Dag", settle=False)


async def test_a_channel_that_is_too_silent_is_told_until_it_is_heard_again(desk):
    await heard_for_weeks(desk)
    found = listening.Listener(desk.hub)
    desk.clock.at = fakes.MONDAY.replace(hour=8, minute=30)
    assert await found.look() == {}
    desk.clock.pass_time(hours=2)
    told = await found.look()
    assert set(told) == set(found.silent) == {"email"}
    assert told["email"].moments is silence.Moments.OPEN
    await desk.mail("Daar ben ik weer", settle=False)
    assert await found.look() == {}


async def test_a_channel_that_is_off_or_was_hardly_heard_is_never_told(desk):
    await heard_for_weeks(desk)
    object.__setattr__(desk.hub, "channels", {"webchat": desk.hub.channels["webchat"]})
    desk.clock.at = fakes.MONDAY + timedelta(days=9)
    assert await listening.Listener(desk.hub).look() == {}


async def test_what_is_over_is_forgotten_in_rounds_and_what_people_need_is_not(desk):
    for number in range(4):
        await desk.mail(f"paspoort {number}", sender=f"jan{number}@example.org")
    before = await desk.ledger()
    pruner = prune.Pruner(hub=desk.hub, jobs_after=timedelta(days=7), events_after=timedelta(days=1), batch=5)
    assert (await pruner.prune()).is_done
    desk.clock.pass_time(days=8)
    rounds = []
    while not rounds or not rounds[-1].is_done:
        rounds.append(await pruner.prune())
    assert sum(each.jobs for each in rounds) == 12
    assert sum(each.events for each in rounds) > 0
    assert max(each.jobs for each in rounds) <= 5
    assert await desk.ledger() == before
    assert len(await desk.contacts()) == 4


async def test_an_employee_who_leaves_is_logged_out_and_lets_go_of_everything(desk):
    doors = access.Access(desk.hub, site.PlainHasher())
    await doors.put_employee(desk.karin, "een lang wachtwoord")
    secret = await doors.log_in(desk.karin.email, "een lang wachtwoord", "127.0.0.1")
    await desk.mail("Ik wil een medewerker")
    of = await desk.desk.take_next(desk.karin)
    done = await doors.deactivate(desk.karin.email.upper())
    assert (done.sessions, done.freed) == (1, 1)
    assert await doors.who(secret) is None
    assert (await desk.item(of.id)).claimed_by is None
    with pytest.raises(errors.NotAllowed):
        await doors.log_in(desk.karin.email, "een lang wachtwoord", "127.0.0.1")
    with pytest.raises(errors.NotFound):
        await doors.deactivate("niemand@stad.example")


async def test_a_token_that_is_revoked_opens_nothing_and_stays_in_the_list(desk):
    doors = access.Access(desk.hub, site.PlainHasher())
    token = await doors.create_token("zaaksysteem", ("contacts:read",))
    assert await doors.revoke_tokens("zaaksysteem") == 1
    assert await doors.bearer(token) is None
    (kept,) = await desk.store.read(lambda uow: uow.directory.tokens())
    assert (kept.name, kept.revoked_at) == ("zaaksysteem", desk.clock.now())
    assert token not in str(kept)
    with pytest.raises(errors.NotFound):
        await doors.revoke_tokens("zaaksysteem")


async def test_looking_for_silence_in_a_long_history_is_quick(desk):
    """A bound against cost that grows; the exact counts are in the tests of the store."""
    await heard_for_weeks(desk)
    async with asyncio.timeout(5):
        await listening.Listener(desk.hub).look()
