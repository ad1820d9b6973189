"""Fixtures of the tests of the e-mail channel."""

import email_support
import pytest

from channels.email import sandbox


@pytest.fixture
def shelf():
    return email_support.Shelf()


@pytest.fixture
async def reader():
    box = sandbox.Sandbox(size=2)
    yield box
    await box.close()
