from collections.abc import Iterator

import pytest

from tests.support import running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.RunningDemo]:
    """One demo city for the tests that do it no harm."""
    yield from running.demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def own_demo(tmp_path) -> Iterator[running.RunningDemo]:
    """A demo city of its own for a test that kills it."""
    yield from running.demo(tmp_path)
