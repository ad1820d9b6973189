"""The key of an installation is made once, also when two hubs start at the same moment."""

from concurrent import futures

import pytest

from intake import errors
from intake.app import keys


def test_a_key_is_made_once_and_read_by_everybody(tmp_path):
    with futures.ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: keys.key(tmp_path / "secrets", "hub.key"), range(8)))
    (only,) = found
    assert (tmp_path / "secrets" / "hub.key").read_bytes() == only
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["hub.key"]
    assert (tmp_path / "secrets" / "hub.key").stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_says_what_to_do(tmp_path):
    (tmp_path / "hub.key").write_bytes(b"kort")
    with pytest.raises(errors.BadSettings, match="beschadigd"):
        keys.key(tmp_path, "hub.key")
