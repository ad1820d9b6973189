from dataclasses import replace

import pytest
import store_samples as samples

from intake import errors, ports
from intake.domain import handler_group


async def test_groups_come_back_front_desk_first(store):
    made = [samples.group("wonen"), samples.group("belastingen"), samples.group("onthaal", is_front_desk=True)]
    for each in made:
        await store.write(lambda uow, each=each: uow.directory.put_group(each))
    assert await store.read(lambda uow: uow.directory.groups()) == [made[2], made[1], made[0]]
    changed = replace(made[0], name="Aardig wonen")
    await store.write(lambda uow: uow.directory.put_group(changed))
    assert await store.read(lambda uow: uow.directory.group("wonen")) == changed


async def test_a_unit_belongs_to_the_group_that_was_said_last(store):
    for name in ("wonen", "onthaal"):
        await store.write(lambda uow, name=name: uow.directory.put_group(samples.group(name)))
        await store.write(lambda uow, name=name: uow.directory.put_unit("balie", "Balie", name))
    assert await store.read(lambda uow: uow.directory.group_of_unit("balie")) == "onthaal"
    assert await store.read(lambda uow: uow.directory.group_of_unit("nowhere")) is None


async def test_an_employee_keeps_the_password_when_none_is_given(store):
    for name in ("burgerzaken", "onthaal"):
        await store.write(lambda uow, name=name: uow.directory.put_group(samples.group(name)))
    karin = samples.employee(groups=("onthaal", "burgerzaken"))
    await store.write(lambda uow: uow.directory.put_employee(karin, "hash"))
    lead = replace(karin, role=handler_group.Role.LEAD, groups=("burgerzaken",))
    await store.write(lambda uow: uow.directory.put_employee(lead, None))
    assert await store.read(lambda uow: uow.directory.employee("karin")) == lead
    assert await store.read(lambda uow: uow.directory.login("KARIN@stad.example")) == (lead, "hash")


async def test_nobody_logs_in_without_a_password_or_after_leaving(store):
    await store.write(lambda uow: uow.directory.put_employee(samples.employee("els", groups=()), None))
    await store.write(
        lambda uow: uow.directory.put_employee(samples.employee("jan", groups=(), is_active=False), "hash")
    )
    for email in ("els@stad.example", "jan@stad.example", "nobody@stad.example"):
        assert await store.read(lambda uow, email=email: uow.directory.login(email)) is None


async def test_an_address_logs_one_employee_in(store):
    await store.write(lambda uow: uow.directory.put_employee(samples.employee("els", groups=()), None))
    double = samples.employee("jan", groups=(), email="Els@stad.example")
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.directory.put_employee(double, None))


async def test_all_employees_are_listed_with_their_groups(store):
    await store.write(lambda uow: uow.directory.put_group(samples.group()))
    made = [samples.employee("a", name="Zoë"), samples.employee("b", name="Adil", groups=())]
    for each in made:
        await store.write(lambda uow, each=each: uow.directory.put_employee(each, None))
    assert await store.read(lambda uow: uow.directory.employees()) == [made[1], made[0]]
    with pytest.raises(errors.NotFound):
        await store.read(lambda uow: uow.directory.employee("nobody"))


async def test_a_login_session_lives_until_it_is_ended(store, clock):
    await store.write(lambda uow: uow.directory.put_employee(samples.employee(groups=()), None))
    begun = ports.LoginSession(
        id_hash="hash", employee_id="karin", csrf="csrf", created_at=samples.NOON, seen_at=samples.NOON
    )
    await store.write(lambda uow: uow.directory.add_session(begun))
    clock.move(minutes=5)
    await store.write(lambda uow: uow.directory.touch_session("hash", clock.now()))
    assert await store.read(lambda uow: uow.directory.session("hash")) == replace(begun, seen_at=clock.now())
    await store.write(lambda uow: uow.directory.end_session("hash"))
    assert await store.read(lambda uow: uow.directory.session("hash")) is None


async def test_a_token_says_what_its_bearer_may_do(store):
    await store.write(lambda uow: uow.directory.add_token("hash", "website", ["contacts:read"], samples.NOON))
    token = await store.read(lambda uow: uow.directory.token("hash"))
    assert token == ports.ApiToken(name="website", scopes=("contacts:read",))
    assert await store.read(lambda uow: uow.directory.token("other")) is None


async def test_there_is_never_more_than_one_front_desk(store):
    for name in ("onthaal", "wegen"):
        front = replace(samples.group(name), is_front_desk=True)
        await store.write(lambda uow, front=front: uow.directory.put_group(front))
    groups = await store.read(lambda uow: uow.directory.groups())
    assert [group.id for group in groups if group.is_front_desk] == ["wegen"]


async def test_units_are_listed_with_their_group(store):
    await store.write(lambda uow: uow.directory.put_group(samples.group("onthaal")))
    for unit in ("loket", "balie"):
        await store.write(lambda uow, unit=unit: uow.directory.put_unit(unit, unit.title(), "onthaal"))
    units = await store.read(lambda uow: uow.directory.units())
    assert units == [("balie", "Balie", "onthaal"), ("loket", "Loket", "onthaal")]
