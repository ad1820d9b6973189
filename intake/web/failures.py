"""Errors as people see them: what happened, what happened to the work, and what to do now."""

import contextlib
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from intake import errors
from intake.web import citizen, pages, services, session

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_KNOWN: tuple[tuple[type[errors.IntakeError], int, str], ...] = (
    (errors.Invalid, 422, "Controleer wat u invulde"),
    (errors.Conflict, 409, "Iemand was u voor"),
    (errors.NotFound, 404, "Niet gevonden"),
    (errors.NotAllowed, 403, "Dit mag u niet"),
    (errors.StoreFull, 503, "Het lukt nu niet"),
    (errors.RetryLater, 503, "Het lukt nu niet"),
    (errors.GaveUp, 422, "Dit kan zo niet"),
)
_OF_EMPLOYEES = ("/werkplek", "/inloggen", "/uitloggen", "/demo")
_HTTP = {
    404: ("Niet gevonden", "Deze pagina bestaat niet (meer). Kijk het adres na, of begin opnieuw."),
    405: ("Dit kan hier niet", "Ga terug en gebruik de knoppen op de pagina."),
    413: ("Dit is te groot", "Er is niets bewaard. Maak het korter, of stuur het in delen."),
}


@web.middleware
async def show(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a page or a fragment; the API answers for itself."""
    if request.path.startswith("/api/"):
        return await handler(request)
    try:
        return await handler(request)
    except session.LogInFirst:
        return _log_in(request)
    except errors.IntakeError as error:
        status, title = next(((code, head) for kind, code, head in _KNOWN if isinstance(error, kind)), (500, ""))
        if status == 500:  # noqa: PLR2004 - HTTP
            return await _unexpected(request, error)
        if status >= 500:  # noqa: PLR2004 - HTTP
            log.warning("web_unavailable", extra={"kind": type(error).__name__})
        return await _answer(request, status, title, str(error) or (error.__doc__ or ""))
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - HTTP
            raise
        title, text = _HTTP.get(error.status, ("Dit lukt niet", "Ga terug en probeer het nog een keer."))
        return await _answer(request, error.status, title, text)
    except Exception as error:  # noqa: BLE001 - the last resort: logged with a code that the person can name
        if isinstance(error, ConnectionResetError) and (request.transport is None or request.transport.is_closing()):
            return web.Response()  # the browser went before it got an answer: no fault of ours, nobody left to tell
        return await _unexpected(request, error)


def _log_in(request: web.Request) -> web.Response:
    address = session.log_in_address(request)
    if pages.is_fragment(request):
        return web.Response(status=401, headers={"HX-Redirect": address})
    return web.Response(status=303, headers={"Location": address})


async def _unexpected(request: web.Request, error: Exception) -> web.Response:
    code = request.app[services.SERVICES].hub.ids.new()[-4:].upper()
    log.error("web_failed", extra={"code": code}, exc_info=error)
    text = f"Er ging bij ons iets mis. Wat u typte is bewaard in uw browser. Blijft het zo? Meld code {code}."
    return await _answer(request, 500, "Dit lukt nu niet", text)


async def _answer(request: web.Request, status: int, title: str, text: str) -> web.Response:
    values = {"title": title, "text": text, "status": status}
    if pages.is_fragment(request):
        return pages.render(request, "desk/_alert.html", values, status=status)
    if not request.path.startswith(_OF_EMPLOYEES):
        with contextlib.suppress(errors.IntakeError):
            return pages.render(
                request, "citizen/error.html", {**await citizen.frame(request), **values}, status=status
            )
    return pages.render(request, "error.html", values, status=status)
