"""Reads samples of feeds as the command does, on one fixed day."""

from datetime import date
from pathlib import Path

from intake.catalogue import forms, importing

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "catalogue"
TODAY = date(2026, 11, 23)


def wishes(source, **more):
    return importing.Wishes(source=source, today=TODAY, **more)


def documents(*names):
    return [importing.Document(name=name, content=(SAMPLES / name).read_bytes()) for name in names]


def read(form, *names, **more):
    return forms.FORMS[form].read(documents(*names), wishes(more.pop("source", form), **more))


def read_text(form, text, name="bestand", **more):
    content = text if isinstance(text, bytes) else text.encode()
    return forms.FORMS[form].read([importing.Document(name=name, content=content)], wishes(form, **more))


def by_id(reading):
    return {product.id: product for product in reading.products}


def why(reading):
    return [str(one) for one in reading.refused]
