"""Faults in settings, cities and catalogues are told in Dutch, by the name of what is wrong."""

import re

import pydantic
import pytest

from intake import errors, refused_values, settings
from intake.app import registry
from intake.catalogue import files, yaml_city

ENGLISH = re.compile(r"\b(should|must|input|field|valid|value|error|required|expected|permitted|unable|string)\b")
MODEL = settings.model(registry.settings_classes())
VARIABLES = sorted(settings.variables(MODEL))
PARTS = sorted({name.rpartition("__")[0] for name in VARIABLES if "__" in name})
WRONG = ("fout", "-1", "0", "1e99", "nan", "[", '["a@b", 3]', "{}", '{"a": 1}', "null", "1" * 5000)


def faults():
    """What `load` says, line by line; nothing when the settings are right."""
    try:
        registry.load_settings()
    except errors.BadSettings as refused:
        return str(refused).splitlines()[1:]
    return []


@pytest.mark.parametrize("name", [*VARIABLES, *PARTS, *(f"{part}__BESTAATNIET" for part in PARTS)])
def test_every_wrong_value_of_every_setting_is_told_in_dutch_by_its_name(monkeypatch, name):
    for wrong in WRONG:
        monkeypatch.setenv(name, wrong)
        found = faults()
        if found:
            places = [line.split(":")[0].strip() for line in found]
            assert all(place.startswith(name) or name.startswith(place) for place in places), found
            words = [line.replace(wrong, "").partition(": ")[2] for line in found]
            words = [re.sub(r"[a-z]+_[a-z_]+|true|false|\(nu: .*\)|ONTHAAL\w+", "", text) for text in words]
            assert not [text for text in words if ENGLISH.search(text)]
            assert not [text for text in words if refused_values.OTHERWISE in text]


def test_a_setting_that_does_not_exist_is_told_so(monkeypatch):
    monkeypatch.setenv("ONTHAAL_WEB__PORTT", "3")
    assert faults() == ["  ONTHAAL_WEB__PORTT: deze instelling bestaat niet"]


def test_a_channel_that_is_on_has_no_faults_of_one_that_is_off(monkeypatch):
    monkeypatch.setenv("ONTHAAL_CHANNELS__EMAIL__RELAY_TLS", "foo")
    assert faults() == ["  ONTHAAL_CHANNELS__EMAIL__RELAY_TLS: verwacht 'none', 'starttls' of 'tls' (nu: 'foo')"]
    monkeypatch.delenv("ONTHAAL_CHANNELS__EMAIL__RELAY_TLS")
    monkeypatch.setenv("ONTHAAL_CHANNELS__EMAIL", "false")
    assert faults() == []
    assert "email" not in registry.switched_on(registry.load_settings())


def test_a_list_that_is_none_is_told_how_to_write_one(monkeypatch):
    monkeypatch.setenv("ONTHAAL_CHANNELS__EMAIL__ADDRESSES", "info@stad.example")
    assert "verwacht een lijst, zoals ONTHAAL_CHANNELS__EMAIL__ADDRESSES='[" in faults()[0]


@pytest.mark.parametrize(
    "name", ["ONTHAAL_BOT__TOKENN", "ONTHAAL_BOT__TOKEN", "ONTHAAL_DATABASE_PASSWORD", "ONTHAAL_BOT"]
)
def test_no_secret_is_in_a_fault(monkeypatch, name):
    monkeypatch.setenv(name, '{"token": "geheim"')
    monkeypatch.setenv("ONTHAAL_WEB__PORT", "x")
    assert "ONTHAAL_WEB__PORT" in "".join(faults())
    assert "geheim" not in "".join(faults())


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"[web\nport = 3", "regel 1"), (b"a = ", "TOML"), (b"\xff", "UTF-8"), (None, "niet te lezen")],
)
def test_a_settings_file_that_is_none_is_told_with_its_line(monkeypatch, tmp_path, content, said):
    file = tmp_path / "onthaal.toml"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("ONTHAAL_SETTINGS_FILE", str(file))
    (line,) = faults()
    assert line.startswith("  ONTHAAL_SETTINGS_FILE: ")
    assert said in line


def refused(tmp_path, text):
    file = tmp_path / "p.yaml"
    file.write_text(text)
    documents = files.documents(file, yaml_city.ENDINGS)
    return [str(one) for one in yaml_city.read(documents, source="yaml").refused]


def test_a_refused_product_says_why_in_dutch(tmp_path):
    said = refused(
        tmp_path, "- {id: x1, title: {nl: X}, unti: balie, changed: gisteren, sections: {description: ''}}\n- 3\n"
    )
    assert said == [
        (
            "p.yaml nr. 1: unit: ontbreekt; changed: verwacht een datum zoals 2026-11-30; "
            "sections.description: moet minstens 1 teken(s) hebben; unti: bestaat niet"
        ),
        "p.yaml nr. 2: verwacht namen met elk een waarde",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("- id: a\n  title: b: c\n", "regel 2, teken 11"), ("- 'x\n", "geen YAML"), ("- \x01", "bestaat"),
     ("- 2026-13-45", "datum")],
)  # fmt: skip
def test_a_file_that_is_no_yaml_is_told_in_one_line_with_its_place(tmp_path, text, said):
    with pytest.raises(errors.Invalid, match=said) as raised:
        refused(tmp_path, text)
    assert "\n" not in str(raised.value)


def test_a_city_has_exactly_one_front_desk(tmp_path):
    group = "{{id: {0}, name: A, front_desk: {1}, hours: {{mon: [09:00-17:00]}}, answer_within_hours: 8}}"
    for first, second, said in (("true", "true", "nu: a, b"), ("false", "false", "nu: geen")):
        groups = ", ".join((group.format("a", first), group.format("b", second)))
        (tmp_path / "city.yaml").write_text(
            f"{{name: X, domain: x.example, mail_addresses: [a@x.example], phone: '1', units: [], groups: [{groups}]}}"
        )
        with pytest.raises(errors.Invalid, match=said):
            yaml_city.read_city(tmp_path)


def test_a_fault_that_nobody_thought_of_is_dutch_too():
    with pytest.raises(pydantic.ValidationError) as raised:
        pydantic.TypeAdapter(complex).validate_python("x")
    assert refused_values.said(raised.value.errors()[0]) == refused_values.OTHERWISE
