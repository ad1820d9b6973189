"""What an error becomes, and whom it is told to."""

import aiohttp
import pytest
from aiohttp import test_utils, web

from intake.web import failures


async def test_a_browser_that_goes_before_its_answer_is_no_fault_of_the_hub(caplog):
    async def gone(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.abort()
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    app = web.Application(middlewares=[failures.show])
    app.router.add_get("/werkplek/gebeurtenissen", gone)
    async with test_utils.TestClient(test_utils.TestServer(app)) as client:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.get("/werkplek/gebeurtenissen")
    assert not caplog.records
