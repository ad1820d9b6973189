from dataclasses import replace

import store_samples as samples
from sqlalchemy import select

from intake.domain import catalogue
from intake.store import tables


async def test_a_product_comes_back_as_it_was_put(store):
    made = samples.product(
        examples={"nl": ("hoe kom ik aan een pas",), "en": ()},
        sections=catalogue.Sections(
            condition=("U bent Belg.",), exception=("Spoed.",), objection=("Binnen 6 weken.",), internal="Bel de balie."
        ),
        upl="paspoort",
        source="sdg",
        source_id="http://x/1",
    )
    assert await store.write(lambda uow: uow.products.put(made, samples.NOON)) == "added"
    assert await store.read(lambda uow: uow.products.get("paspoort")) == made


async def test_an_equal_product_is_the_same_and_a_change_keeps_the_old_version(store):
    made = samples.product()
    changed = replace(made, title={"nl": "Reispas aanvragen"})
    said = [
        await store.write(lambda uow, each=each: uow.products.put(each, samples.NOON)) for each in (made, made, changed)
    ]
    assert said == ["added", "same", "changed"]
    assert (await store.read(lambda uow: uow.products.get("paspoort"))) == replace(changed, version=2)

    def versions(uow):
        kept = select(tables.product_version.c.content).order_by(tables.product_version.c.version)
        return [row.content["title"]["nl"] for row in uow.products._in.connection.execute(kept)]

    assert await store.read(versions) == ["Paspoort aanvragen", "Reispas aanvragen"]


async def test_a_withdrawn_product_is_not_offered_but_can_be_read_and_comes_back(store):
    for name in ("paspoort", "verhuizen", "afval"):
        await store.write(lambda uow, name=name: uow.products.put(samples.product(name), samples.NOON))
    gone = ["paspoort", "afval", "bestaat-niet"]
    assert await store.write(lambda uow: uow.products.withdraw(gone, samples.NOON)) == 2
    assert await store.write(lambda uow: uow.products.withdraw(gone, samples.NOON)) == 0
    assert [each.id for each in await store.read(lambda uow: uow.products.all())] == ["verhuizen"]
    assert (await store.read(lambda uow: uow.products.get("afval"))).withdrawn_at == samples.NOON
    assert await store.write(lambda uow: uow.products.put(samples.product("afval"), samples.NOON)) == "changed"
    assert (await store.read(lambda uow: uow.products.get("afval"))) == samples.product("afval")


async def test_products_are_listed_by_theme_and_title(store):
    made = [
        samples.product("b", theme="Wonen", title={"nl": "Afval"}),
        samples.product("a", theme="Wonen", title={"nl": "Boom"}),
        samples.product("c", theme="Identiteit", title={"nl": "Zegel"}),
    ]
    for each in made:
        await store.write(lambda uow, each=each: uow.products.put(each, samples.NOON))
    assert [each.id for each in await store.read(lambda uow: uow.products.all())] == ["c", "b", "a"]
