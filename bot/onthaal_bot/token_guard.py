"""No request without the token: Rasa guards its API, but not its REST channel."""

import hmac
from collections.abc import Callable

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

BEARER = "Bearer "


def guard(token: str) -> Callable[[Request], HTTPResponse | None]:
    """A request middleware that answers 401 unless the request carries the token.

    Taken from `?token=` as Rasa does, or from an `Authorization: Bearer` header. A header alone is enough
    for the REST channel; Rasa's own API wants the query parameter, so the guard hands it on.
    """

    def check(request: Request) -> HTTPResponse | None:
        header: str = request.headers.get("authorization", "")
        given: str = request.args.get("token", "")
        if not given and header.startswith(BEARER):
            given = header.removeprefix(BEARER)
            request.args["token"] = [given]
        if hmac.compare_digest(given.encode(), token.encode()):
            return None
        return response.json({"status": "refused", "message": "The token is missing or wrong."}, status=401)

    return check
