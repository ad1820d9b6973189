import hashlib
import os
from pathlib import Path

import pytest

from intake import errors


async def test_bytes_come_back_by_their_sha256(files):
    content = os.urandom(5000)
    name = await files.put(content)
    assert name == hashlib.sha256(content).hexdigest()
    assert await files.get(name) == content
    assert await files.put(content) == name


async def test_a_file_lies_under_the_first_letters_of_its_name(files, tmp_path):
    name = await files.put(b"x")
    found = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert found == [tmp_path / "blobs" / name[:2] / name[2:4] / name]


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "0" * 63 + "/"])
async def test_what_was_not_kept_is_not_found(files, name):
    with pytest.raises(errors.NotFound):
        await files.get(name)


async def test_the_bytes_are_on_disk_before_the_file_has_its_name(files, monkeypatch):
    steps = []
    kinds = {"fsync": os.fsync, "replace": os.replace, "rename": os.rename}

    def watch(step):
        def call(*arguments):
            is_directory = step == "fsync" and Path(f"/proc/self/fd/{arguments[0]}").is_dir()
            steps.append("fsync directory" if is_directory else step)
            return kinds[step](*arguments)

        return call

    await files.put(b"first")  # makes the directories on the way
    for step in kinds:
        monkeypatch.setattr(os, step, watch(step))
    files._make = lambda leaf: leaf.mkdir(parents=True, exist_ok=True)
    await files.put(b"second")
    assert [step for step in steps if step != "rename"] == ["fsync", "replace", "fsync directory"]


async def test_every_new_directory_is_durable_in_its_parent(files, tmp_path, monkeypatch):
    synced = []
    original = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: (synced.append(str(Path(f"/proc/self/fd/{file}").readlink())), original(file))
    )
    name = await files.put(b"x")
    top = tmp_path / "blobs"
    expected = {str(tmp_path), str(top), str(top / name[:2]), str(top / name[:2] / name[2:4])}
    assert expected <= set(synced)


async def test_a_full_disk_refuses_and_leaves_nothing(files, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.StoreFull):
        await files.put(b"x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
