"""The city's mail relay misbehaves: cut lines, "later", silence. Every answer arrives, and hangs up nothing else."""

import asyncio

import pytest

from tests.crash import relay

SENT = "SELECT delivery FROM message WHERE direction = 'out' ORDER BY delivery"
DONE = "SELECT count(*) FROM job WHERE state <> 'done'"


@pytest.fixture
def settings():
    return {"ONTHAAL_CHANNELS__EMAIL__RELAY_TIMEOUT_SECONDS": "2"}


async def test_a_line_cut_after_the_last_dot_means_the_same_mail_again(street):
    async def cut_first(_):
        if len(street.relay.taken) == 1:
            raise relay.Cut
        return relay.TAKEN

    street.relay.answer = cut_first
    await street.mail("jan")
    await street.until(SENT, [("sent",)])
    first, second = street.relay.taken
    assert (first.message_id, first.same) == (second.message_id, second.same)


async def test_later_for_a_while_means_one_mail_later(street):
    refusals = iter(["451 4.3.0 later", "421 4.3.2 restarting"])

    async def later(_):
        return next(refusals, relay.TAKEN)

    street.relay.answer = later
    await street.mail("jan")
    await street.until(SENT, [("sent",)])
    await street.until(DONE, [(0,)])
    assert len(street.relay.taken) == 1


async def test_a_recipient_on_which_the_relay_hangs_holds_up_no_other(street):
    free = asyncio.Event()

    async def hang_on_one(to):
        if to.startswith("traag"):
            await free.wait()
        return "250 ok"

    street.relay.at_rcpt = hang_on_one
    for name in ("traag", "an", "bob", "eva"):
        await street.mail(name)
    await street.relay.until(lambda: len({taken.to for taken in street.relay.taken}) == 3, 10)
    free.set()
    street.relay.at_rcpt = None
    await street.until(SENT, [("sent",)] * 4)
    assert len(street.relay.taken) == 4


async def test_a_relay_silent_after_the_last_dot_holds_the_others_for_its_time_and_no_longer(street):
    silent = asyncio.Event()

    async def silent_once(_):
        if len(street.relay.taken) == 1:
            await silent.wait()
        return relay.TAKEN

    street.relay.answer = silent_once
    for name in ("an", "bob", "eva"):
        await street.mail(name)
    await street.until(SENT, [("sent",)] * 3)
    silent.set()
    sent = [taken.message_id for taken in street.relay.taken]
    assert (len(sent), len(set(sent)), sent.count(sent[0])) == (4, 3, 2)


async def test_a_refusal_for_good_brings_the_contact_back_to_people(street):
    async def refuse(_):
        return "550 5.7.1 never"

    street.relay.at_rcpt = refuse
    await street.mail("jan")
    await street.until(SENT, [("failed",)])
    await street.until("SELECT owner FROM contact", [("queue",)])
