"""The catalogue as the public may see it: internal sections have no place in these shapes."""

from datetime import date, datetime
from typing import Final

import pydantic
from aiohttp import web
from pydantic import Field

from intake import ports
from intake.domain import catalogue, ids
from intake.web.api import models, operation

_SUMMARY: Final = {
    "id": "paspoort-aanvragen",
    "version": 3,
    "title": {"nl": "Paspoort aanvragen", "en": "Apply for a passport"},
    "upl": "paspoort",
    "theme": "Identiteit en reizen",
    "audience": ["burger"],
    "unitId": "burgerzaken-balie",
    "url": "/producten/paspoort-aanvragen",
    "changed": "2026-11-03",
}


class Sections(models.Shape):
    """The text of a product, in Dutch; a part that is missing is empty."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            description="U vraagt uw paspoort aan in het stadhuis. Kom zelf langs.",
            condition=["U bent Belg."],
            procedure=["Maak een afspraak.", "Breng een pasfoto en uw oude paspoort mee.", "Betaal aan de balie."],
            evidence=["Uw oude paspoort", "Een pasfoto van nu"],
            cost="€ 75",
            term="5 werkdagen",
            validity="7 jaar",
            exception=[],
            objection=[],
            contact="",
        )
    )

    description: str
    condition: list[str]
    procedure: list[str]
    evidence: list[str]
    cost: str
    term: str = Field(description="How long it takes.")
    validity: str
    exception: list[str]
    objection: list[str] = Field(description="What a citizen who disagrees can do.")
    contact: str


class ProductSummary(models.Shape):
    """One product of the catalogue, without its text."""

    model_config = pydantic.ConfigDict(json_schema_extra=models.example(**_SUMMARY))

    id: str
    version: int = Field(description="Grows with every change of content; answers cite it.")
    title: dict[str, str] = Field(description="By language.")
    upl: str | None = Field(description="Uniform product name (uniforme productnaam), where one fits.")
    theme: str
    audience: list[str]
    unit_id: str = Field(description="The responsible unit.")
    url: str
    changed: date


class Product(ProductSummary):
    """One product of the catalogue."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            **_SUMMARY,
            handlerGroupId="burgerzaken",
            keywords={"nl": ["reispas", "pas"], "en": ["passport"]},
            withdrawnAt=None,
            sections={
                "description": "U vraagt uw paspoort aan in het stadhuis. Kom zelf langs.",
                "condition": ["U bent Belg."],
                "procedure": ["Maak een afspraak."],
                "evidence": ["Een pasfoto van nu"],
                "cost": "€ 75",
                "term": "5 werkdagen",
                "validity": "7 jaar",
                "exception": [],
                "objection": [],
                "contact": "",
            },
        )
    )

    handler_group_id: str | None = Field(description="The group that answers questions about it; null: the front desk.")
    keywords: dict[str, list[str]] = Field(description="By language.")
    withdrawn_at: datetime | None = Field(description="Since when it is no longer offered; old answers still cite it.")
    sections: Sections


class ProductList(models.Page[ProductSummary]):
    """All products that are offered, by theme and title; there is no second page."""


async def get_products(call: operation.Call) -> web.Response:
    """The products that are offered."""
    found = await call.services.hub.store.read(lambda uow: uow.products.all())
    return operation.reply(ProductList(results=[_summary(one) for one in found], next=None))


async def get_product(call: operation.Call) -> web.Response:
    """The present version of one product, also when it was withdrawn."""
    product_id = ids.ProductId(call.id("productId"))

    def work(uow: ports.UnitOfWork) -> Product:
        found = uow.products.get(product_id)
        return Product(
            **dict(_summary(found)),
            handler_group_id=uow.directory.group_of_unit(found.unit_id),
            keywords={language: list(words) for language, words in found.keywords.items()},
            withdrawn_at=found.withdrawn_at,
            sections=_public(found.sections),
        )

    return operation.reply(await call.services.hub.store.read(work))


def _summary(one: catalogue.Product) -> ProductSummary:
    return ProductSummary(
        id=one.id,
        version=one.version,
        title=dict(one.title),
        upl=one.upl,
        theme=one.theme,
        audience=list(one.audience),
        unit_id=one.unit_id,
        url=one.url,
        changed=one.changed,
    )


def _public(text: catalogue.Sections) -> Sections:
    """Each public section by its name: a section that is added to the domain stays inside until it is named here."""
    return Sections(
        description=text.description,
        condition=list(text.condition),
        procedure=list(text.procedure),
        evidence=list(text.evidence),
        cost=text.cost,
        term=text.term,
        validity=text.validity,
        exception=list(text.exception),
        objection=list(text.objection),
        contact=text.contact,
    )


OPERATIONS: Final = (
    operation.Operation(
        id="getProducts",
        method="GET",
        path="/products",
        handler=get_products,
        scope="products:read",
        tag="products",
        summary="List the products that the city offers",
        result=ProductList,
    ),
    operation.Operation(
        id="getProduct",
        method="GET",
        path="/products/{productId}",
        handler=get_product,
        scope="products:read",
        tag="products",
        summary="Read one product with its public text",
        result=Product,
        refusals=(404,),
    ),
)
