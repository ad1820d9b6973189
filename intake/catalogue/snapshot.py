"""The catalogue as the bot reads it: one JSON file, replaced as a whole, so that a reader never sees half of it."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from intake.domain import catalogue


def content(products: Sequence[catalogue.Product]) -> dict[str, Any]:
    """The snapshot of these products; internal sections stay out. `version` is a hash of the rest."""
    entries = [
        {
            "id": product.id,
            "version": product.version,
            "upl": product.upl,
            "title": dict(product.title),
            "keywords": {language: list(words) for language, words in product.keywords.items()},
            "examples": {language: list(texts) for language, texts in product.examples.items()},
            "text": {"nl": _text(product.sections)},
        }
        for product in sorted(products, key=lambda product: product.id)
    ]
    version = hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()[:16]
    return {"version": version, "products": entries}


def _text(sections: catalogue.Sections) -> str:
    return "\n".join([sections.description, *sections.condition, *sections.procedure])


def write(path: Path, products: Sequence[catalogue.Product]) -> str:
    """Replace the snapshot at `path`; returns its version. Does nothing when the content is the same."""
    snapshot = content(products)
    version = str(snapshot["version"])
    if _version_at(path) == version:
        return version
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(snapshot, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return version


def _version_at(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return None
