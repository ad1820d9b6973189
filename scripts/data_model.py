"""The page and the picture of the tables, made from the metadata of the store."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

import sqlalchemy as sa

from intake.store import tables

LANES: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("What came in", ("receipt", "utterance", "job", "event")),
    ("Who asks", ("party", "digital_address", "conversation", "party_word", "mail_reference")),
    ("The question", ("contact", "contact_word", "history")),
    ("What was said", ("message", "attachment")),
    ("Who answers", ("queue_item", "handler_group", "unit", "employee", "group_member")),
    ("Catalogue and doors", ("product", "product_version", "login_session", "api_token")),
)
"""Where the picture shows each table; a table that is not here stands at the end of the last lane."""

MEANINGS: Final[Mapping[str, str]] = {
    "receipt": "One delivery on a wire: the raw bytes, and the one outcome they got.",
    "utterance": "Which receipt brought a message first, so that the same mail to two of our addresses counts once.",
    "job": "Work that must not be forgotten, written in the commit of what it belongs to.",
    "lease": "Which of several hubs lives, and which has a duty, until when; the mark of each writer's last commit.",
    "open_chat": "Which chats are open on a screen, and which hub holds their connection.",
    "installation": "What all hubs of one installation must share, such as the mark of their key.",
    "event": "What changed, in order: open pages follow it. It says that something changed, never what was said.",
    "party": "A citizen, a company or an association. A merge is a reference that can be taken away again.",
    "digital_address": "One way to reach a party, where it came from and whether it is proved.",
    "conversation": "A chat that stays open over several contacts; its messages are numbered.",
    "party_word": "Words of names and addresses, for searching.",
    "mail_reference": "Message-IDs that lead a reply back to its contact.",
    "contact": "One question of one party over all channels, under one number. Its owner says who must act.",
    "contact_word": "Words of subjects, for searching.",
    "history": "What happened to a contact, by whom and when.",
    "message": "One utterance: in, out or an internal note; what it cited, and how far it came.",
    "attachment": "A file of a message; its bytes lie beside the database, named by their SHA-256.",
    "queue_item": "The task of a group to answer one waiting contact. Exactly one is open per waiting contact.",
    "handler_group": "The unit that answers, with its opening hours. The front desk is one.",
    "unit": "What the catalogue says is responsible for a product; it leads to a group.",
    "employee": "Who can log in, and as what.",
    "group_member": "Which employee is in which group.",
    "product": "A catalogue entry: its present version.",
    "product_version": "The text of each version, so that an answer can always be traced to what it cited.",
    "login_session": "Who is logged in; only the hash of the secret is kept.",
    "api_token": "Which system may use the API; only the hash of the token is kept.",
}
"""What each table holds."""

_TYPES: Final[Sequence[tuple[type[Any], str]]] = (
    (sa.DateTime, "time (UTC)"),
    (sa.LargeBinary, "bytes"),
    (sa.JSON, "JSON"),
    (sa.Boolean, "yes or no"),
    (sa.Integer, "whole number"),
    (sa.Float, "number"),
    (sa.Text, "text"),
)
_FACE: Final = 'role="img" aria-labelledby="t d" font-family="Segoe UI, Noto Sans, Liberation Sans, Arial, sans-serif"'
_WORDS: Final = (
    "Boxes with the columns of each table, in six lanes; a line leads from a key to its table. "
    "The page below says the same in words."
)
_WIDTH: Final = 224
_GAP: Final = 40
_LINE: Final = 17
_HEAD: Final = 26
_TOP: Final = 44


def lanes(metadata: sa.MetaData) -> list[tuple[str, list[sa.Table]]]:
    """The tables as the picture shows them, from left to right and from top to bottom."""
    placed = {name for _, names in LANES for name in names}
    found = [(title, [metadata.tables[name] for name in names if name in metadata.tables]) for title, names in LANES]
    found[-1][1].extend(table for name, table in sorted(metadata.tables.items()) if name not in placed)
    return found


def page() -> str:
    """Every table with its columns, in words."""
    lines = [
        "# Data model",
        "",
        "See what the hub keeps, where it lies and how it hangs together: for a report, an export, a data protection",
        "assessment or a change to the program. The words are those of the [glossary](../glossary.md). The database is",
        "the hub's own: read in it as you like, write by the [API](api.md) or the [commands](commands.md).",
        "",
        "[![The tables and their keys](data-model.svg)](data-model.svg)",
        "",
        "The picture and this page are made from the tables of the program.",
    ]
    for title, inside in lanes(tables.metadata):
        lines += ["", f"## {title}"]
        for table in inside:
            lines += ["", f"### {table.name}", "", MEANINGS[table.name], "", "| column | type | |", "|---|---|---|"]
            lines += [f"| `{column.name}` | {_type(column)} | {_remarks(column)} |" for column in table.columns]
    return "\n".join(lines) + "\n"


def _type(column: "sa.Column[object]") -> str:
    kind = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
    return next(words for of, words in _TYPES if isinstance(kind, of))


def _remarks(column: "sa.Column[object]") -> str:
    members = getattr(column.type, "members", ())
    said = [
        "key" if column.primary_key else "",
        *(f"→ {target}" for target in _targets(column)),
        "may be empty" if column.nullable else "",
        ", ".join(str(member) for member in members),
    ]
    return "; ".join(each for each in said if each)


def _targets(column: "sa.Column[object]") -> list[str]:
    return sorted({key.column.table.name for key in column.foreign_keys})


def picture() -> str:
    """The tables and their keys as SVG; letters are the reader's own, nothing is fetched."""
    corners: dict[str, tuple[int, int]] = {}
    boxes: list[str] = []
    height = 0
    for place, (title, inside) in enumerate(lanes(tables.metadata)):
        x, y = 20 + place * (_WIDTH + _GAP), _TOP
        boxes.append(
            f'<text x="{x}" y="{_TOP - 16}" font-size="16" font-weight="600" fill="#0b5563">{escape(title)}</text>'
        )
        for table in inside:
            corners[table.name] = (x, y)
            boxes += _box(table, x, y)
            y += _height(table) + 22
        height = max(height, y)
    width = 20 + len(LANES) * (_WIDTH + _GAP)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FACE}>',
            '<title id="t">The tables of the hub</title>',
            f'<desc id="d">{_WORDS}</desc>',
            f'<rect width="{width}" height="{height}" fill="#f4f6f5"/>',
            *_lines(corners),
            *boxes,
            "</svg>",
            "",
        ]
    )


def _height(table: sa.Table) -> int:
    return _HEAD + len(table.columns) * _LINE + 8


def _box(table: sa.Table, x: int, y: int) -> Iterator[str]:
    yield f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_height(table)}" rx="8" fill="#fff" stroke="#0b5563"/>'
    yield (
        f'<path d="M{x} {y + _HEAD}V{y + 8}a8 8 0 0 1 8-8H{x + _WIDTH - 8}a8 8 0 0 1 8 8V{y + _HEAD}Z" fill="#0b5563"/>'
        f'<text x="{x + 10}" y="{y + 18}" font-size="14" font-weight="600" fill="#fff">{escape(table.name)}</text>'
    )
    for number, column in enumerate(table.columns):
        line = y + _HEAD + 15 + number * _LINE
        weight = ' font-weight="600"' if column.primary_key else ""
        yield f'<text x="{x + 10}" y="{line}" font-size="12.5"{weight} fill="#15201f">{escape(column.name)}</text>'
        if targets := _targets(column):
            yield (
                f'<text x="{x + _WIDTH - 10}" y="{line}" font-size="12" text-anchor="end" fill="#4a3b87">'
                f"→ {escape(', '.join(targets))}</text>"
            )


def _lines(corners: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """A curve from each key to the head of the table that it leads to, where that is another one."""
    for name, (x, y) in corners.items():
        for number, column in enumerate(tables.metadata.tables[name].columns):
            from_y = y + _HEAD + 10 + number * _LINE
            for target in _targets(column):
                to_x, to_y = corners[target][0], corners[target][1] + _HEAD // 2
                if target == name:
                    continue
                is_left = to_x < x
                start = x if is_left or to_x == x else x + _WIDTH
                end = to_x + _WIDTH if is_left else to_x
                bend = 34 if start > end or to_x == x else -34
                yield (
                    f'<path d="M{start} {from_y}C{start - bend} {from_y} {end + (bend if to_x != x else -bend)} {to_y} '
                    f'{end} {to_y}" fill="none" stroke="#4a3b87" stroke-opacity="0.45"/>'
                )
