"""What must hold after a campaign: what the world saw, held against what the hub kept."""

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.crash import campaign as campaign_module
from tests.crash import relay as relay_module

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_SHOWN = 5


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise: `broken` names what broke it, and is empty when it was kept."""

    name: str
    counted: str
    broken: tuple[str, ...]

    @property
    def is_kept(self) -> bool:
        return not self.broken


class Books:
    """The hub's database, read once after the drain."""

    def __init__(self, done: campaign_module.Campaign) -> None:
        rows = done.hub.rows
        self.receipts = rows("SELECT id, channel, wire_id, raw, outcome FROM receipt")
        self.names = {row[0]: _name(row) for row in self.receipts}
        self.heard = rows("SELECT receipt_id, contact_id, conversation_id FROM message WHERE receipt_id IS NOT NULL")
        self.outgoing = rows(
            "SELECT id, contact_id, conversation_id, seq, channel, author, text, delivery, wire_message_id"
            " FROM message WHERE direction = 'out'"
        )
        self.contacts = rows("SELECT id, number FROM contact")
        self.jobs = rows("SELECT id, kind, state FROM job WHERE state <> 'done'")
        is_file = done.plan.database_url is None  # a server checks itself
        self.health = [row[0] for row in rows("PRAGMA integrity_check")] if is_file else []
        self.orphans = rows("PRAGMA foreign_key_check") if is_file else []
        self.questions = rows(
            "SELECT c.id FROM contact c WHERE c.owner IN ('queue', 'employee') AND 1 <>"
            " (SELECT count(*) FROM queue_item q WHERE q.contact_id = c.id AND q.closed_at IS NULL)"
        )


def _name(row: tuple) -> str:
    """What the world calls this receipt: the Message-ID of a mail, the client id of a chat message."""
    _, channel, wire_id, raw, _ = row
    if channel == "webchat":
        return str(wire_id).partition(":")[2]
    found = _MESSAGE_ID.search(bytes(raw))
    return found[1].decode() if found else str(wire_id)


def check(done: campaign_module.Campaign) -> list[Promise]:
    """Every promise, kept or broken."""
    books = Books(done)
    return [
        _nothing_lost(done, books),
        _nothing_doubled(books),
        _one_contact_each(done, books),
        _ledger_closes(books),
        _work_is_done(books),
        _answers_kept(done, books),
        _answers_sent(done, books),
        *_repeats(done),
        *_chats(done, books),
        _promise("no mail is refused or bounced", f"{len(done.history.refused)} refused", done.history.refused),
        _promise("every open question is on one queue", f"{len(books.contacts)} contacts", books.questions),
        _promise(
            "the database is whole",
            "integrity and foreign keys",
            [h for h in books.health if h != "ok"] + books.orphans,
        ),
        _promise("no process is left behind", f"{len(done.history.kills)} kills", done.leftovers),
        _promise(
            "the last hub stops cleanly",
            f"exit status {done.status_at_end}",
            [done.status_at_end] if done.status_at_end else [],
        ),
    ]


def _promise(name: str, counted: str, broken: Iterable[object]) -> Promise:
    all_broken = [str(each) for each in broken]
    more = [f"and {len(all_broken) - _SHOWN} more"] if len(all_broken) > _SHOWN else []
    return Promise(name=name, counted=counted, broken=(*all_broken[:_SHOWN], *more))


def _nothing_lost(done: campaign_module.Campaign, books: Books) -> Promise:
    kept = done.history.named("mail_kept") + done.history.named("chat_kept")
    found = set(books.names.values())
    return _promise("what was acknowledged is there", f"{len(kept)} acknowledged", [n for n in kept if n not in found])


def _nothing_doubled(books: Books) -> Promise:
    doubled = [name for name, count in Counter(books.names.values()).items() if count > 1]
    return _promise("nothing is there twice", f"{len(books.receipts)} receipts", doubled)


def _one_contact_each(done: campaign_module.Campaign, books: Books) -> Promise:
    """One contact per mail thread and per chat, each with every message once."""
    of = {books.names[receipt]: contact for receipt, contact, _ in books.heard}
    counted = Counter(books.names[receipt] for receipt, _, _ in books.heard)
    broken = [f"{name}: {count} messages" for name, count in counted.items() if count != 1]
    threads = [*done.history.threads.values(), *(chat.said for chat in done.history.chats)]
    seen: set[str] = set()
    for names in threads:
        contacts = {of[name] for name in names if name in of}
        if len(contacts) > 1 or contacts & seen:
            broken.append(f"{names[0]}: {len(contacts)} contacts")
        seen |= contacts
    strangers = {contact for contact, _ in books.contacts} - seen
    return _promise("one contact for each thread and chat", f"{len(books.contacts)} contacts", [*broken, *strangers])


def _ledger_closes(books: Books) -> Promise:
    outcomes = Counter(row[4] for row in books.receipts)
    said = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items(), key=str))
    unread = [row[0] for row in books.receipts if row[4] is None]
    odd = [f"{name}: {count}" for name, count in outcomes.items() if name not in {"message", None}]
    return _promise("every receipt has its outcome", f"{len(books.receipts)} = {said}", unread + odd)


def _work_is_done(books: Books) -> Promise:
    return _promise("no work is left hanging", f"{len(books.jobs)} jobs open", books.jobs)


def _answers_kept(done: campaign_module.Campaign, books: Books) -> Promise:
    """An employee's answer that the workspace took is in the contact, once."""
    times = Counter(row[6] for row in books.outgoing if row[5] == "employee" and not str(row[0]).endswith("m"))
    lost = [a.text for a in done.history.answers if times[a.text] != 1]
    doubled = [text for text, count in times.items() if count > 1]
    return _promise(
        "every answer of an employee is there, once", f"{len(done.history.answers)} answers", lost + doubled
    )


def _answers_sent(done: campaign_module.Campaign, books: Books) -> Promise:
    """Every outgoing mail reached the relay, and the hub knows."""
    taken = {taken.message_id.strip("<>") for taken in done.relay.taken}
    mails = [row for row in books.outgoing if row[4] == "email"]
    broken = [f"{row[8]}: {row[7]}" for row in mails if row[7] != "sent" or str(row[8]).strip("<>") not in taken]
    return _promise("every outgoing mail reached the relay", f"{len(mails)} mails", broken)


def _repeats(done: campaign_module.Campaign) -> list[Promise]:
    """A mail in doubt at a kill is sent again, as the same mail: at most one for each kill."""
    by_id: dict[str, list[relay_module.Taken]] = defaultdict(list)
    by_content: dict[object, set[str]] = defaultdict(set)
    for taken in done.relay.taken:
        by_id[taken.message_id].append(taken)
        by_content[taken.same].add(taken.message_id)
    renamed = [" and ".join(sorted(ids)) for ids in by_content.values() if len(ids) > 1]
    after: Counter[float | None] = Counter()
    for copies in by_id.values():
        for copy in copies[:-1]:
            at = copy.at - done.history.began
            after[next((kill for kill in done.history.kills if kill >= at), None)] += 1
    repeats = sum(after.values())
    broken = [f"{count} repeats by the kill at {kill}" for kill, count in after.items() if kill is None or count > 1]
    return [
        _promise(
            "at most one mail repeats for each kill", f"{repeats} repeats, {len(done.history.kills)} kills", broken
        ),
        _promise("a repeated mail keeps its Message-ID", f"{len(done.relay.taken)} mails at the relay", renamed),
    ]


def _chats(done: campaign_module.Campaign, books: Books) -> list[Promise]:
    """Who stayed saw every message once and in order; what nobody confirmed is shown as uncertain."""
    by_client = {books.names[receipt]: conversation for receipt, _, conversation in books.heard if conversation}
    broken: list[str] = []
    unsure: list[str] = []
    uncertain = 0
    for chat in done.history.chats:
        conversation = next((by_client[name] for name in chat.said if name in by_client), None)
        said = {row[3]: row for row in books.outgoing if row[2] == conversation and conversation is not None}
        uncertain += sum(row[7] == "uncertain" for row in said.values())
        if chat.twice_differently or (not chat.has_left and sorted(chat.shown) != list(range(1, len(chat.shown) + 1))):
            broken.append(f"{conversation}: {sorted(chat.shown)}")
        if not chat.has_left and any(chat.shown.get(seq) != row[0] for seq, row in said.items()):
            broken.append(f"{conversation}: not all was shown")
        wanted = "uncertain" if chat.has_left else "delivered"
        unsure += [f"{row[0]}: {row[7]}, not {wanted}" for row in said.values() if row[7] != wanted]
    return [
        _promise("every open chat shows every message once", f"{len(done.history.chats)} chats", broken),
        _promise("an unconfirmed chat message is uncertain", f"{uncertain} uncertain", unsure),
    ]
