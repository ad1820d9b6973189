from dataclasses import replace
from datetime import timedelta

import pytest
import store_samples as samples

from intake import errors
from intake.domain import contact, handler_group, message

HOUR = timedelta(hours=1)


@pytest.fixture
async def karin(store):
    someone = samples.employee()

    def fill(uow):
        for name in ("burgerzaken", "belastingen"):
            uow.directory.put_group(samples.group(name))
        uow.directory.put_employee(someone, None)
        uow.directory.put_employee(samples.employee("bram", name="Bram Smits"), None)

    await store.write(fill)
    return someone


@pytest.fixture
async def filled(store, karin):
    """Five open items of karin's group, waiting for 5, 4, 3, 2 and 1 hours, and one of another group."""

    def fill(uow):
        made = []
        for number in range(1, 6):
            asked, item = samples.queued(uow, number, subject=f"Vraag {number}")
            item = replace(item, waiting_since=samples.NOON - (6 - number) * HOUR)
            uow.queue.save(item)
            made.append((asked, item))
        samples.queued(uow, 99, group_id="belastingen", subject="Aanslag")
        return made

    return await store.write(fill)


async def lines(store, view, employee, now=samples.NOON, limit=50):
    found, _ = await store.read(lambda uow: uow.views.work_list(view, employee, now, None, limit))
    return [line.number for line in found]


async def test_a_work_list_shows_the_groups_of_the_employee_longest_waiting_first(store, karin, filled):
    assert await lines(store, "groups", karin) == [1, 2, 3, 4, 5]
    assert await lines(store, "group:burgerzaken", karin) == [1, 2, 3, 4, 5]


async def test_a_work_list_is_read_page_by_page(store, karin, filled):
    seen, key = [], None
    for _ in range(3):
        page, key = await store.read(lambda uow, key=key: uow.views.work_list("groups", karin, samples.NOON, key, 2))
        seen.append([line.number for line in page])
    assert seen == [[1, 2], [3, 4], [5]]
    assert key is None


async def test_items_that_came_at_one_moment_are_not_lost_between_pages(store, karin, filled):
    await store.write(lambda uow: [uow.queue.save(replace(item, waiting_since=samples.NOON)) for _, item in filled])
    first, key = await store.read(lambda uow: uow.views.work_list("groups", karin, samples.NOON, None, 3))
    rest, _ = await store.read(lambda uow: uow.views.work_list("groups", karin, samples.NOON, key, 3))
    assert len({line.number for line in [*first, *rest]}) == 5


async def test_a_group_that_is_not_yours_stays_closed(store, karin, filled):
    with pytest.raises(errors.NotAllowed):
        await lines(store, "group:belastingen", karin)
    with pytest.raises(errors.NotFound):
        await lines(store, "everything", karin)
    with pytest.raises(errors.Invalid):
        await store.read(lambda uow: uow.views.work_list("groups", karin, samples.NOON, "nonsense", 5))
    assert await lines(store, "groups", replace(karin, groups=())) == []


async def test_claimed_late_and_unclaimed_items_have_their_own_lists(store, karin, filled):
    claimed = replace(filled[1][1], claimed_by="karin", due_at=samples.NOON - HOUR)
    await store.write(lambda uow: uow.queue.save(claimed))
    await store.write(lambda uow: uow.queue.save(replace(filled[2][1], claimed_by="bram")))
    assert await lines(store, "mine", karin) == [2]
    assert await lines(store, "unclaimed", karin) == [1, 4, 5]
    assert await lines(store, "late", karin) == [2]
    counts = await store.read(lambda uow: uow.views.counts(karin, samples.NOON))
    assert (counts.mine, counts.my_groups, counts.unclaimed, counts.late) == (1, 5, 3, 1)
    assert (counts.waiting, counts.parked, counts.groups) == (0, 0, {"burgerzaken": 5})


async def test_contacts_that_wait_for_the_citizen_have_their_own_list(store, karin, filled):
    def answer(uow):
        for place in (3, 0):
            asked, item = filled[place]
            uow.queue.save(replace(item, closed_at=samples.NOON))
            since = samples.NOON - place * HOUR
            uow.contacts.save(
                replace(asked, owner=contact.Owner.CITIZEN, open_item_id=None, updated_at=since, waiting_since=None)
            )

    await store.write(answer)
    assert await lines(store, "waiting", karin) == [4, 1]
    assert (await store.read(lambda uow: uow.views.counts(karin, samples.NOON))).waiting == 2
    page, key = await store.read(lambda uow: uow.views.work_list("waiting", karin, samples.NOON, None, 1))
    assert (page[0].item_id, page[0].due_at, page[0].waiting_since) == (None, None, samples.NOON - 3 * HOUR)
    page, key = await store.read(lambda uow: uow.views.work_list("waiting", karin, samples.NOON, key, 1))
    assert ([line.number for line in page], key) == ([1], None)


async def test_a_line_says_who_asked_who_holds_it_and_who_spoke_last(store, karin, filled):
    asked, item = filled[0]

    def talk(uow):
        uow.queue.save(replace(item, claimed_by="bram", hops=2))
        uow.messages.add(samples.a_message(asked, at=samples.NOON))
        out = {"direction": message.Direction.OUT, "author": message.Author.EMPLOYEE}
        uow.messages.add(samples.a_message(asked, **out, at=samples.NOON + HOUR))
        note = {"direction": message.Direction.NOTE, "author": message.Author.EMPLOYEE}
        uow.messages.add(samples.a_message(asked, **note, at=samples.NOON + 2 * HOUR))

    await store.write(talk)
    (first, *_), _ = await store.read(lambda uow: uow.views.work_list("groups", karin, samples.NOON, None, 5))
    assert (first.party_name, first.group_name, first.claimed_name) == ("Noor Hendrickx", "Burgerzaken", "Bram Smits")
    assert (first.last_at, first.last_from_citizen, first.hops) == (samples.NOON + HOUR, False, 2)
    assert (first.item_id, first.contact_id, first.owner) == (item.id, asked.id, contact.Owner.QUEUE)
    await store.write(lambda uow: uow.messages.add(samples.a_message(asked, at=samples.NOON + 3 * HOUR)))
    (first, *_), _ = await store.read(lambda uow: uow.views.work_list("groups", karin, samples.NOON, None, 5))
    assert first.last_from_citizen


@pytest.fixture
async def people(store, karin):
    def fill(uow):
        noor = samples.a_party(name="Noor Hendrickx")
        andre = samples.a_party(name="André O'Brien")
        for each in (noor, andre):
            uow.parties.add(each)
        uow.parties.put_address(samples.address(noor, "noor.h@mail.example"))
        phone = message.AddressKind.PHONE
        uow.parties.put_address(samples.address(andre, "+32470123456", kind=phone))
        samples.queued(uow, 26048127, party_of=noor, subject="Paspoort verlopen")
        late = {"created_at": samples.NOON + HOUR}
        samples.queued(uow, 26048128, party_of=andre, subject="Nieuw paspoort voor mijn dochter", **late)
        samples.queued(uow, 26048129, party_of=andre, subject="Paspoort", group_id="belastingen")
        uow.contacts.add(samples.a_contact(noor, subject="Paspoort en bot"), [26048130])
        uow.contacts.add(samples.a_contact(noor, subject="Paspoort geheim", confidential=True), [26048131])

    await store.write(fill)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("paspoort", {26048127, 26048128}),
        ("PASP noor", {26048127}),
        ("andre", {26048128}),
        ("André dochter", {26048128}),
        ("noor.h@mail.example", {26048127}),
        ("0470 12 34 56", {26048128}),
        ("+32 470 12 34 56", {26048128}),
        ("26048127", {26048127}),
        ("2604 8127", {26048127}),
        ("26048129", set()),
        ("noor dochter", set()),
        ("  ", set()),
        ("%", set()),
    ],
)
async def test_contacts_are_found_by_what_people_remember(store, karin, people, text, numbers):
    found = await store.read(lambda uow: uow.views.search(text, karin, 20))
    assert {line.number for line in found} == numbers


async def test_what_was_found_is_shown_newest_first(store, karin, people):
    found = await store.read(lambda uow: uow.views.search("paspoort", karin, 2))
    assert len(found) == 2
    assert found[0].number == 26048128


async def test_an_administrator_finds_everything(store, karin, people):
    admin = replace(karin, role=handler_group.Role.ADMIN, groups=())
    assert len(await store.read(lambda uow: uow.views.search("paspoort", admin, 20))) == 5


async def test_all_contacts_are_read_page_by_page_newest_first(store, people):
    seen, key = [], None
    while True:
        page, key = await store.read(lambda uow, key=key: uow.views.contacts(key, 2))
        seen += [each.number for each in page]
        if key is None:
            break
    assert seen[0] == 26048128
    assert len(seen) == len(set(seen)) == 5


async def test_open_items_are_read_page_by_page_of_one_group_or_of_all(store, karin, filled):
    everything, key = await store.read(lambda uow: uow.views.open_items(None, None, 9))
    assert (len(everything), key) == (6, None)
    first, key = await store.read(lambda uow: uow.views.open_items("burgerzaken", None, 3))
    rest, end = await store.read(lambda uow: uow.views.open_items("burgerzaken", key, 3))
    assert [*first, *rest] == [each for each in everything if each.group_id == "burgerzaken"]
    assert end is None


async def test_the_front_desk_finds_what_is_with_others_and_the_bot_too(store, karin, people):
    def at_the_front_desk(uow):
        group = replace(uow.directory.group(karin.groups[0]), is_front_desk=True)
        uow.directory.put_group(group)

    await store.write(at_the_front_desk)
    found = await store.read(lambda uow: uow.views.search("noor", karin, 20))
    assert 26048130 in {line.number for line in found}
