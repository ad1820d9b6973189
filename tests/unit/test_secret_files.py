"""A secret may be in a file, and what is wrong with such a file is said with the other faults."""

import os
from pathlib import Path

import pydantic
import pytest

from intake import errors, secret_files, settings
from intake.app import registry

SECRETS = secret_files.names(settings.model(registry.settings_classes()), settings.PREFIX)


@pytest.fixture
def bare_environment(monkeypatch):
    for name in os.environ:
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)
    return monkeypatch


def value_of(of: settings.Settings, path: tuple[str, ...]) -> str:
    found = of
    for part in path:
        found = getattr(found, part)
    return found.get_secret_value()


@pytest.mark.parametrize("variable", SECRETS)
def test_every_secret_can_be_in_a_file(variable, bare_environment, tmp_path):
    file = tmp_path / "secret"
    file.write_text("p@ss wörd with spaces \r\n")
    bare_environment.setenv(f"{variable}_FILE", str(file))
    assert value_of(registry.load_settings(), SECRETS[variable]) == "p@ss wörd with spaces "


def test_every_setting_that_sounds_like_a_secret_is_kept_as_one():
    every = settings.variables(settings.model(registry.settings_classes()))
    assert {name for name in every if name.endswith(("TOKEN", "PASSWORD", "SECRET"))} <= set(SECRETS)
    assert len(SECRETS) >= 2


def test_the_other_settings_of_the_same_part_stay_as_they_are(bare_environment, tmp_path):
    (tmp_path / "secret").write_text("geheim")
    bare_environment.setenv("ONTHAAL_BOT__TOKEN_FILE", str(tmp_path / "secret"))
    bare_environment.setenv("ONTHAAL_BOT__URL", "http://bot:5005")
    of = registry.load_settings()
    assert (of.bot.url, of.bot.token.get_secret_value()) == ("http://bot:5005", "geheim")


def test_a_secret_of_the_file_wins_over_the_settings_file(bare_environment, tmp_path):
    (tmp_path / "secret").write_text("from its own file")
    (tmp_path / "settings.toml").write_text('[bot]\nurl = "http://bot:5005"\ntoken = "from the settings file"\n')
    bare_environment.setenv(settings.FILE_VARIABLE, str(tmp_path / "settings.toml"))
    assert registry.load_settings().bot.token.get_secret_value() == "from the settings file"
    bare_environment.setenv("ONTHAAL_BOT__TOKEN_FILE", str(tmp_path / "secret"))
    of = registry.load_settings()
    assert (of.bot.url, of.bot.token.get_secret_value()) == ("http://bot:5005", "from its own file")


def test_all_wrong_secret_files_are_named_at_once_with_the_other_faults(bare_environment, tmp_path):
    (tmp_path / "empty").write_text("\n")
    bare_environment.setenv("ONTHAAL_BOT__TOKEN_FILE", str(tmp_path / "absent"))
    bare_environment.setenv("ONTHAAL_CHANNELS__EMAIL__RELAY_PASSWORD_FILE", str(tmp_path / "empty"))
    bare_environment.setenv("ONTHAAL_WEB__PORT", "99999")
    with pytest.raises(errors.BadSettings) as refused:
        registry.load_settings()
    said = str(refused.value)
    assert "ONTHAAL_BOT__TOKEN_FILE" in said
    assert f"{tmp_path / 'empty'} is leeg" in said
    assert "ONTHAAL_WEB__PORT" in said


def test_a_secret_given_twice_is_refused_and_not_shown(bare_environment, tmp_path):
    (tmp_path / "secret").write_text("uit-het-bestand")
    bare_environment.setenv("ONTHAAL_BOT__TOKEN", "uit-de-variabele")
    bare_environment.setenv("ONTHAAL_BOT__TOKEN_FILE", str(tmp_path / "secret"))
    with pytest.raises(errors.BadSettings, match="ONTHAAL_BOT__TOKEN_FILE") as refused:
        registry.load_settings()
    assert "uit-" not in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (secret_files.LARGEST_BYTES + 1)])
def test_a_file_that_is_no_secret_is_refused(content, bare_environment, tmp_path):
    (tmp_path / "file").write_bytes(content)
    bare_environment.setenv("ONTHAAL_BOT__TOKEN_FILE", str(tmp_path / "file"))
    with pytest.raises(errors.BadSettings, match="ONTHAAL_BOT__TOKEN_FILE"):
        registry.load_settings()


def test_only_a_secret_has_a_file(bare_environment):
    bare_environment.setenv("ONTHAAL_CITY__NAME_FILE", "/etc/hostname")
    with pytest.raises(errors.BadSettings, match="NAME_FILE"):
        registry.load_settings()


def test_a_channel_that_is_off_needs_no_secret(bare_environment, tmp_path):
    (tmp_path / "secret").write_text("geheim")
    bare_environment.setenv("ONTHAAL_CHANNELS__EMAIL", "false")
    bare_environment.setenv("ONTHAAL_CHANNELS__EMAIL__RELAY_PASSWORD_FILE", str(tmp_path / "secret"))
    assert registry.load_settings().channels.email is False


def test_a_fault_in_a_secret_does_not_show_it(bare_environment):
    class Picky(settings.Settings):
        token: pydantic.SecretStr = pydantic.Field(default=pydantic.SecretStr("x" * 20), min_length=10)

    with pytest.raises(pydantic.ValidationError) as refused:
        Picky(token="geheim")
    (fault,) = (each for each in refused.value.errors() if each["loc"] == ("token",))
    shown = settings.variables(Picky).keys() - secret_files.names(Picky, settings.PREFIX).keys()
    assert settings._line(fault, shown) == "  ONTHAAL_TOKEN: is te kort (minstens 10)"


def test_the_line_end_alone_is_taken_off(tmp_path: Path):
    (tmp_path / "secret").write_bytes(b" a\n\n")
    assert secret_files.read(tmp_path / "secret") == " a"
