"""The base of all shapes on the wire: camelCase outside, our own names inside, nothing that we do not know."""

from typing import Any, Generic, TypeVar

import pydantic
from pydantic import Field
from pydantic.alias_generators import to_camel

R = TypeVar("R")


def example(**fields: Any) -> dict[str, Any]:
    """The example of a shape, for the OpenAPI document; every value is made up."""
    return {"examples": [fields]}


def says_something(text: str) -> str:
    """`text` itself.

    Raises:
        ValueError: nobody would see anything of it.
    """
    if not any(char.isprintable() and not char.isspace() for char in text):
        raise ValueError("this must hold something that people can read")
    return text


class Shape(pydantic.BaseModel):
    """What every shape has in common."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Input(Shape):
    """What every shape that callers send has in common: wire names only."""

    model_config = pydantic.ConfigDict(validate_by_name=False)


class Page(Shape, Generic[R]):
    """One page of a list."""

    results: list[R]
    next: str | None = Field(description="Address of the next page; null on the last one.")


class PageQuery(Input):
    """The parameters of every list that has pages."""

    after: str | None = Field(
        default=None,
        max_length=400,
        description="Where the page before ended. Take it from `next`; do not make it yourself.",
    )
    page_size: int = Field(default=50, ge=1, le=100, description="How many results a page has.")
