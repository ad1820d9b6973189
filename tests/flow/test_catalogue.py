"""A refresh of a feed: only its own products, only what it tells, and the second time nothing."""

import dataclasses
import json
from datetime import date

import pytest
from sqlalchemy import select, update

from intake import errors
from intake.catalogue import snapshot
from intake.domain import catalogue, feed, ids
from intake.flow import catalogue as flow
from intake.store import tables
from tests.support import fakes


def product(name, source="sc", **more):
    return dataclasses.replace(fakes.product(name, **more), source=source, source_id=name)


def reading(*names, source="sc", **more):
    return feed.Reading(source=source, products=tuple(product(name, source) for name in names), **more)


async def offered(desk):
    return [one.id for one in await desk.store.read(lambda uow: uow.products.all()) if one.source == "sc"]


async def test_the_second_refresh_says_all_the_same(desk):
    first = await flow.refresh(desk.hub, reading("sc-a", "sc-b"), withdraw_others=True)
    assert (first.added, first.same, first.withdrawn) == (2, 0, 0)
    second = await flow.refresh(desk.hub, reading("sc-a", "sc-b"), withdraw_others=True)
    assert second == flow.Refresh(same=2)


async def test_a_refresh_withdraws_only_products_of_its_own_feed(desk):
    await flow.refresh(desk.hub, reading("sc-a", "sc-b"))
    await flow.refresh(desk.hub, reading("sdg-a", source="sdg"))
    done = await flow.refresh(desk.hub, reading("sc-a"), withdraw_others=True)
    assert done.withdrawn == 1
    left = {one.id for one in await desk.store.read(lambda uow: uow.products.all())}
    assert left == {"sc-a", "sdg-a", "paspoort", "identiteitskaart", "gat-in-de-weg"}


async def test_what_the_feed_ended_is_withdrawn_without_asking(desk):
    await flow.refresh(desk.hub, reading("sc-a", "sc-b"))
    ended = frozenset({ids.ProductId("sc-b"), ids.ProductId("paspoort")})
    done = await flow.refresh(desk.hub, reading("sc-a", ended=ended))
    assert done.withdrawn == 1
    assert await offered(desk) == ["sc-a"]
    await desk.store.read(lambda uow: uow.products.get(ids.ProductId("paspoort")))


async def test_a_product_that_was_refused_this_time_stays_as_it_was(desk):
    await flow.refresh(desk.hub, reading("sc-a", "sc-b"))
    refused = (feed.Refused(place="nr. 2", why="x", product_id=ids.ProductId("sc-b")),)
    done = await flow.refresh(desk.hub, reading("sc-a", refused=refused), withdraw_others=True)
    assert (done.withdrawn, done.not_withdrawn) == (0, "")
    assert await offered(desk) == ["sc-a", "sc-b"]


@pytest.mark.parametrize("more", [{"missing": "pagina 2"}, {"refused": (feed.Refused(place="nr. 1", why="x"),)}])
async def test_nothing_is_withdrawn_when_nobody_can_tell_what_is_gone(desk, more):
    await flow.refresh(desk.hub, reading("sc-a", "sc-b"))
    done = await flow.refresh(desk.hub, reading("sc-a", **more), withdraw_others=True)
    assert done.withdrawn == 0
    assert done.not_withdrawn
    assert await offered(desk) == ["sc-a", "sc-b"]


async def test_most_of_a_feed_is_withdrawn_only_when_that_is_said(desk):
    names = [f"sc-{number}" for number in range(30)]
    await flow.refresh(desk.hub, reading(*names))
    ended = frozenset({ids.ProductId("sc-29")})
    done = await flow.refresh(desk.hub, reading(*names[:13], ended=ended), withdraw_others=True)
    assert (done.withdrawn, done.not_withdrawn[:20]) == (1, "het zouden er 16 van")
    assert len(await offered(desk)) == 29
    others = await flow.refresh(desk.hub, reading(*(f"sc-x{number}" for number in range(40))), withdraw_others=True)
    assert (others.added, others.withdrawn, others.not_withdrawn[:21]) == (40, 0, "het zouden er 29 van ")
    await flow.refresh(desk.hub, reading(*names[:29]), withdraw_others=True, withdraw_most=True)
    done = await flow.refresh(desk.hub, reading(*names[:13]), withdraw_others=True, withdraw_most=True)
    assert (done.withdrawn, done.not_withdrawn) == (16, "")
    assert (await flow.refresh(desk.hub, reading("sc-0"), withdraw_others=True)).not_withdrawn
    assert (await flow.refresh(desk.hub, reading(*names[:7]), withdraw_others=True)).withdrawn == 6


async def test_an_empty_feed_withdraws_nothing(desk):
    with pytest.raises(errors.Invalid, match="Er is niets gewijzigd"):
        await flow.refresh(desk.hub, reading(), withdraw_others=True)


async def test_a_product_of_another_feed_is_never_overwritten(desk):
    done = await flow.refresh(desk.hub, reading("paspoort", "sc-a"))
    assert (done.added, done.taken) == (1, ("paspoort",))
    kept = await desk.store.read(lambda uow: uow.products.get(ids.ProductId("paspoort")))
    assert kept.source == catalogue.WRITTEN
    await desk.store.write(lambda uow: uow.products.withdraw(["paspoort"], desk.clock.now()))
    assert (await flow.refresh(desk.hub, reading("paspoort"))).changed == 1


async def test_a_date_that_the_feed_does_not_tell_is_no_change(desk):
    first = reading("sc-a", undated=frozenset({ids.ProductId("sc-a")}))
    await flow.refresh(desk.hub, first)
    (one,) = first.products
    later = dataclasses.replace(first, products=(dataclasses.replace(one, changed=date(2026, 12, 24)),))
    assert (await flow.refresh(desk.hub, later)).same == 1
    assert (await desk.store.read(lambda uow: uow.products.get(one.id))).changed == one.changed
    renamed = dataclasses.replace(later.products[0], title={"nl": "Anders"})
    assert (await flow.refresh(desk.hub, dataclasses.replace(later, products=(renamed,)))).changed == 1
    assert (await desk.store.read(lambda uow: uow.products.get(one.id))).changed == date(2026, 12, 24)


async def test_examples_that_the_city_gave_stay_when_the_feed_has_none(desk):
    await flow.refresh(desk.hub, reading("sc-a"))
    taught = dataclasses.replace(product("sc-a"), examples={"nl": ("hoe doe ik dat",)})
    await desk.store.write(lambda uow: uow.products.put(taught, desk.clock.now()))
    assert (await flow.refresh(desk.hub, reading("sc-a"))).same == 1
    told = dataclasses.replace(taught, examples={"nl": ("anders",)})
    assert (await flow.refresh(desk.hub, feed.Reading(source="sc", products=(told,)))).changed == 1
    written = dataclasses.replace(fakes.product("paspoort"), examples={"nl": ("weg ermee",)})
    await desk.store.write(lambda uow: uow.products.put(written, desk.clock.now()))
    await flow.refresh(desk.hub, feed.Reading(source=catalogue.WRITTEN, products=(fakes.product("paspoort"),)))
    assert (await desk.store.read(lambda uow: uow.products.get(ids.ProductId("paspoort")))).examples == {}


async def test_many_products_come_in_batches_and_each_is_told(desk, monkeypatch):
    monkeypatch.setattr(flow, "BATCH", 2)
    told = []
    done = await flow.refresh(desk.hub, reading("sc-a", "sc-b", "sc-c"), on_done=told.append)
    assert (done.added, told) == (3, [2, 1])
    assert (await flow.refresh(desk.hub, reading("sc-a"), withdraw_others=True)).withdrawn == 2


async def test_units_for_which_no_group_answers_are_told(desk):
    made = (product("sc-a"), product("sc-b", unit="archief"), product("sc-c", unit=""))
    assert (await flow.refresh(desk.hub, feed.Reading(source="sc", products=made))).without_group == ("", "archief")


async def test_content_that_an_older_version_stored_is_read_and_is_no_change(desk):
    def age(uow):
        kept = uow.products._in.connection
        row = kept.execute(
            select(tables.product_version.c.content).where(tables.product_version.c.product_id == "paspoort")
        )
        content = dict(row.scalar_one())
        content["sections"] = {key: value for key, value in content["sections"].items() if key != "objection"}
        content = {key: value for key, value in content.items() if key not in {"source", "source_id"}}
        kept.execute(
            update(tables.product_version)
            .where(tables.product_version.c.product_id == "paspoort")
            .values(content=content)
        )
        uow.tell("catalogue")

    await desk.store.write(age)
    old = await desk.store.read(lambda uow: uow.products.get(ids.ProductId("paspoort")))
    assert (old.sections.objection, old.source, old.source_id) == ((), catalogue.WRITTEN, "")
    written = feed.Reading(source=catalogue.WRITTEN, products=(fakes.product("paspoort"),))
    assert await flow.refresh(desk.hub, written) == flow.Refresh(same=1)


async def test_what_a_feed_calls_internal_is_in_no_snapshot_and_on_no_card(desk):
    from intake.catalogue import forms, importing

    feeds = {
        "sdg": '{"id": "1", "vertalingen": [{"taal": "nl", "titel": "A", "tekst": "b", "deskMemo": "GEHEIM"}]}',
        "csv": "id;titel;tekst;intern\n1a;A;b;GEHEIM\n",
        "jsonl": '{"id": "1b", "title": "A", "description": "b", "internal": "GEHEIM"}',
        "ipdc": '{"@id": "1c", "naam": {"nl": "A"}, "beschrijving": "b", "regelgevingTekst": "GEHEIM"}',
    }
    for form, text in feeds.items():
        wishes = importing.Wishes(source=form, today=date(2026, 11, 23))
        (made,) = forms.FORMS[form].read([importing.Document(name="x", content=text.encode())], wishes).products
        assert "GEHEIM" in made.sections.internal
        assert "GEHEIM" not in json.dumps(snapshot.content([made]))
        assert "GEHEIM" not in str(catalogue.card(made, "nl"))
        assert "GEHEIM" not in catalogue.plain(catalogue.card(made, "nl"), "nl")
