"""Downloads: attachments, raw sources, and the HTML of a mail in its own frame."""

from urllib.parse import quote

from aiohttp import web

from intake.domain import ids
from intake.flow import desk_view
from intake.web import desk_request, pages, security, session


def routes() -> list[web.RouteDef]:
    """All downloads."""
    return [
        web.get("/werkplek/bijlage/{attachment}", attachment),
        web.get("/werkplek/bron/{receipt}", source),
        web.get("/werkplek/bericht/{message}/opmaak", markup),
    ]


async def attachment(request: web.Request) -> web.StreamResponse:
    """A file of a citizen: downloaded, never shown or run on this site."""
    who = session.required(request)
    return _download(await request.app[desk_request.VIEW].attachment(who.employee, request.match_info["attachment"]))


async def source(request: web.Request) -> web.StreamResponse:
    """The bytes as they came in."""
    who = session.required(request)
    return _download(
        await request.app[desk_request.VIEW].source(who.employee, ids.ReceiptId(request.match_info["receipt"]))
    )


def _download(file: desk_view.File) -> web.Response:
    """The stated media type is not believed. Source: RFC 6266, section 4.3 for the name."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in file.name) or "bijlage"
    return web.Response(
        body=file.content,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


async def markup(request: web.Request) -> web.StreamResponse:
    """The HTML of a mail, cleaned when it came in and once more kept in a frame that may do nothing."""
    who = session.required(request)
    body = await request.app[desk_request.VIEW].html(who.employee, ids.MessageId(request.match_info["message"]))
    return pages.render(
        request, "desk/mail.html", {"body": body}, headers={"Content-Security-Policy": security.MAIL_POLICY}
    )
