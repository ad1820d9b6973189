"""The citizen's pages: city, products, privacy, accessibility. Only what the catalogue says to citizens is shown."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from intake import errors, ports
from intake.domain import catalogue, handler_group, ids
from intake.flow import hub as hub_module
from intake.web import pages, services

_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_POPULAR = ("paspoort-aanvragen", "identiteitskaart-aanvragen", "verhuizen", "rijbewijs-aanvragen")
"""Asked most at city desks; they come first on the home page when the catalogue has them."""


def routes() -> list[web.RouteDef]:
    """All pages for citizens."""
    return [
        web.get("/", city),
        web.get("/producten", products),
        web.get("/producten/{product}", product),
        web.get("/privacy", privacy),
        web.get("/toegankelijkheid", accessibility),
    ]


def language_of(request: web.Request) -> str:
    """The language that was asked for in the address; Dutch when none."""
    return "en" if request.query.get("taal") == "en" else "nl"


async def frame(request: web.Request) -> dict[str, Any]:
    """What every page for citizens shows around its text."""
    hub = request.app[services.SERVICES].hub
    language = language_of(request)
    desk = await hub.store.read(_front_desk)
    of_city = {
        "name": hub.city.name,
        "phone": hub.city.phone,
        "mail_address": hub.city.mail_address,
        "theme_class": hub.city.theme_class,
        "hours_text": hours(desk.calendar, language) if desk else [],
    }
    return {"city": of_city, "language": language}


def _front_desk(uow: ports.UnitOfWork) -> handler_group.HandlerGroup | None:
    return hub_module.front_desk(uow) if uow.directory.groups() else None


def hours(calendar: handler_group.Calendar, language: str) -> list[tuple[str, str]]:
    """The opening hours of a week: (day, "09:00-12:30, 13:30-17:00")."""
    closed = "gesloten" if language == "nl" else "closed"
    return [
        (day, ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in spans) or closed)
        for day, spans in zip(_DAYS[language], calendar.week, strict=True)
    ]


async def _all(request: web.Request) -> list[dict[str, Any]]:
    language = language_of(request)
    found = await request.app[services.SERVICES].hub.store.read(lambda uow: uow.products.all())
    return [_listed(one, language) for one in found]


def _listed(one: catalogue.Product, language: str) -> dict[str, Any]:
    words = [*one.title.values(), *(word for of in one.keywords.values() for word in of), one.theme]
    return {
        "id": one.id,
        "title": one.title_in(language),
        "theme": one.theme,
        "url": one.url or f"/producten/{one.id}",
        "words": " ".join(words).casefold(),
    }


def _by_theme(found: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    themes: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        themes.setdefault(one["theme"], []).append(one)
    return [(theme, sorted(of, key=lambda one: one["title"].casefold())) for theme, of in sorted(themes.items())]


async def city(request: web.Request) -> web.StreamResponse:
    """The city's home page, with the chat."""
    found = await _all(request)
    place = {name: number for number, name in enumerate(_POPULAR)}
    popular = sorted(found, key=lambda one: place.get(one["id"], len(place)))
    values = {**await frame(request), "themes": _by_theme(found), "products": popular}
    return pages.render(request, "citizen/city.html", values)


async def products(request: web.Request) -> web.StreamResponse:
    """All products, or those that have every word of the search."""
    asked = request.query.get("q", "").strip()[:200]
    wanted = asked.casefold().split()
    found = [one for one in await _all(request) if all(word in one["words"] for word in wanted)]
    return pages.render(
        request, "citizen/products.html", {**await frame(request), "themes": _by_theme(found), "q": asked}
    )


async def product(request: web.Request) -> web.StreamResponse:
    """One product: the page that answers cite."""
    name = ids.ProductId(request.match_info["product"])

    found = await request.app[services.SERVICES].hub.store.read(lambda uow: uow.products.get(name))
    if found.withdrawn_at is not None:
        raise errors.NotFound("Dit product bestaat niet meer. Zoek een ander product, of stel uw vraag.")
    values = {**await frame(request), "product": public(found, language_of(request))}
    return pages.render(request, "citizen/product.html", values)


def public(found: catalogue.Product, language: str) -> Mapping[str, Any]:
    """What citizens may read of a product: every section by name, except the internal one."""
    sections = found.sections
    return {
        "id": found.id,
        "language": catalogue.TEXT_LANGUAGE,
        "title": found.title_in(language),
        "theme": found.theme,
        "url": found.url,
        "unit": "",
        "changed": found.changed.isoformat(),
        "version": found.version,
        "sections": {
            "description": sections.description,
            "condition": list(sections.condition),
            "procedure": list(sections.procedure),
            "evidence": list(sections.evidence),
            "cost": sections.cost,
            "term": sections.term,
            "validity": sections.validity,
            "exception": list(sections.exception),
            "objection": list(sections.objection),
            "contact": sections.contact,
        },
    }


async def privacy(request: web.Request) -> web.StreamResponse:
    """What happens with a citizen's words."""
    return pages.render(request, "citizen/privacy.html", await frame(request))


async def accessibility(request: web.Request) -> web.StreamResponse:
    """How the site can be used."""
    return pages.render(request, "citizen/accessibility.html", await frame(request))
