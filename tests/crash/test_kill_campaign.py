"""The whole hub is killed at random while mails, chats and answers flow. `make crash` is the long one."""

import asyncio
import os
import random

import pytest

from tests.crash import campaign, promises

KILLS = 20
BUSY = {"mail_kept": 40, "chat_kept": 20, "answer_kept": 8}
"""Less than this in a campaign would prove little."""


@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_double_nothing_and_leave_nothing_behind(tmp_path, prepared):
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"CRASH_SEED={seed} repeats this plan")  # noqa: T201 - shown by pytest when the test fails
    done = campaign.Campaign(campaign.Plan(kills=KILLS, seed=seed), tmp_path, prepared=prepared)
    asyncio.run(done.run())
    assert len(done.history.kills) == KILLS
    broken = [promise for promise in promises.check(done) if not promise.is_kept]
    assert not broken, (seed, broken)
    quiet = {kind: done.history.counts[kind] for kind, least in BUSY.items() if done.history.counts[kind] < least}
    assert not quiet, quiet
