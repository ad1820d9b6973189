"""What an error becomes, and whom it is told to."""

from unittest import mock

import aiohttp
import pytest
from aiohttp import test_utils, web

from intake.web import failures


async def test_a_browser_that_goes_before_its_answer_is_no_fault_of_the_hub(caplog):
    async def gone(_request: web.Request) -> web.StreamResponse:
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    wire = mock.Mock(**{"is_closing.return_value": True})
    request = test_utils.make_mocked_request("GET", "/werkplek/gebeurtenissen", transport=wire)
    with pytest.raises(aiohttp.ClientConnectionResetError):
        await failures.show(request, gone)
    assert not caplog.records
