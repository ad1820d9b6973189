"""Jinja templates: rendering, the addresses of static files, and the words that every page needs."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from intake.domain import ids
from intake.web import services, session, words

HERE = Path(__file__).parent
STATIC = HERE / "static"
VENDOR = {"htmx.js": "htmx.org/dist/htmx.min.js"}
"""What pages use from npm: name under /static/vendor/, file under node_modules."""

TEMPLATES: web.AppKey[jinja2.Environment] = web.AppKey("templates", jinja2.Environment)


def set_up(app: web.Application, node_modules: Path) -> None:
    """Make the template environment of this application."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = {
        "static": functools.partial(static_address, node_modules),
        "city": app[services.SERVICES].hub.city,
    }
    filters: dict[str, Any] = {"shown": ids.shown, "size": words.size, "paragraphs": words.paragraphs}
    environment.globals.update(known)
    environment.filters.update(filters)
    app[TEMPLATES] = environment


def static_address(node_modules: Path, name: str) -> str:
    """The address of a static file with a mark of its content, so that browsers may keep it for ever."""
    file = node_modules / VENDOR[name.removeprefix("vendor/")] if name.startswith("vendor/") else STATIC / name
    stamp = file.stat()
    return f"/static/{name}?v={_mark(file, stamp.st_mtime_ns)}"


@functools.lru_cache(maxsize=256)
def _mark(file: Path, changed_ns: int) -> str:  # noqa: ARG001 - a changed file is read again
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def is_fragment(request: web.Request) -> bool:
    """Whether htmx asks for a part of a page, rather than the browser for a whole one."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def html(request: web.Request, template: str, values: Mapping[str, Any]) -> str:
    """Render to text, with what every page may use."""
    who = session.employee_or_none(request)
    return (
        request.app[TEMPLATES]
        .get_template(template)
        .render({"me": who.employee if who else None, "csrf": who.csrf if who else "", **values})
    )


def render(
    request: web.Request,
    template: str,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Render a page."""
    return web.Response(
        text=html(request, template, values), status=status, content_type="text/html", headers=dict(headers or {})
    )
