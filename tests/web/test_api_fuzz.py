"""Any body whatever: an answer that is in the document, and a ledger that adds up."""

import json

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import api_intake
from intake.domain import message, party
from intake.web.api import messages
from tests.support import api

ANSWERS = {202, 400, 409}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
SENDER = st.fixed_dictionaries(
    {},
    optional={
        "email": st.emails() | st.text(max_size=60) | ANY,
        "phone": st.from_regex(r"\+?[0-9 ()./-]{4,26}", fullmatch=True) | ANY,
        "name": st.text(max_size=220) | ANY,
    },
)
NEARLY = st.fixed_dictionaries(
    {"from": SENDER | ANY, "text": st.text(max_size=200) | ANY},
    optional={
        "subject": st.text(max_size=520) | ANY,
        "language": st.sampled_from(["nl", "en", "fr", "xx", "nederlands"]) | ANY,
        "externalId": st.text(st.characters(codec="ascii"), max_size=30) | ANY,
        "extra": ANY,
    },
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(tmp_path_factory):
    async with api.running(tmp_path_factory.mktemp("api")) as running:
        yield running


ROUNDS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.asyncio(loop_scope="module")
@ROUNDS
@given(body=NEARLY | ANY, key=st.none() | st.from_regex(r"[!-~]{1,30}", fullmatch=True))
async def test_no_body_breaks_the_hub_and_what_is_taken_is_read(hub, body, key):
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    answer = await hub.ask("POST", "/messages", data=json.dumps(body).encode(), headers=headers)
    assert answer.status in ANSWERS, await answer.text()
    if answer.status == 202:
        receipt = await answer.json()
        await hub.desk.worker.drain()
        assert (await hub.get(f"/receipts/{receipt['id']}"))["outcome"] == "message"
    ledger = await hub.get("/receipts/summary")
    assert (ledger["open"], ledger["outcomes"]["quarantined"]) == (0, 0)


@pytest.mark.asyncio(loop_scope="module")
@ROUNDS
@given(content=st.binary(max_size=200))
async def test_no_bytes_break_the_hub(hub, content):
    answer = await hub.ask("POST", "/messages", data=content, headers={"Content-Type": "application/json"})
    assert answer.status == 400


@settings(max_examples=200, deadline=None)
@given(
    email=st.emails().filter(party.mail_address),  # hypothesis knows addresses that no city writes to
    name=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map(lambda text: f"vraag {text}"),
    subject=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
def test_what_the_api_keeps_the_channel_can_read(email, name, text, subject):
    body = {"from": {"email": email, "name": name}, "text": text, "subject": subject}
    new = messages.NewMessage.model_validate_json(json.dumps(body))
    raw = messages.canonical(new)
    read = api_intake.parse(message.RawReceipt(channel="api", account="a", wire_id="id:1", raw=raw))
    assert read.text.startswith("vraag")
    assert not any(ord(char) < 32 and char not in "\t\n" for char in read.text + read.subject)
