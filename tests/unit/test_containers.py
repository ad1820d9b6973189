"""The compose file and the Dockerfile: of the right form, closed by default, and true to the settings."""

import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from intake import secret_files, settings
from intake.app import registry
from tests.support import images

ROOT = images.ROOT
SCRIPTS = Path(sys.executable).parent
KIND = settings.model(registry.settings_classes())
SETTINGS = set(settings.variables(KIND))
KNOWN = SETTINGS | {name + secret_files.SUFFIX for name in secret_files.names(KIND, settings.PREFIX)}
# What the bot's own programs read, by their source.
OF_THE_BOT = set(re.findall(r"ONTHAAL_[A-Z_]+", (ROOT / "bot/onthaal_bot/remote.py").read_text())) | {
    "ONTHAAL_BOT_TOKEN_FILE",
    "ONTHAAL_HUB_TOKEN_FILE",
}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
LONG = ["hub", "hub-2", "bot", "postgres"]
OURS = {name: of for name, of in SERVICES.items() if "build" in of}
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def run(*command: str | Path, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False, **more)


def env_example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


# --- form -----------------------------------------------------------------------------------------------------------


def check_schema(file: Path) -> subprocess.CompletedProcess[str]:
    return run(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_the_compose_file_keeps_to_the_compose_specification(tmp_path):
    held = check_schema(ROOT / "docker-compose.yml")
    assert held.returncode == 0, held.stdout
    (tmp_path / "broken.yml").write_text("services: {hub: {image: a, depends_on: {b: {condition: perhaps}}}}")
    assert check_schema(tmp_path / "broken.yml").returncode == 1


def test_the_linter_of_dockerfiles_finds_nothing():
    linted = run(SCRIPTS / "hadolint", "--failure-threshold", "info", "Dockerfile")
    assert (linted.returncode, linted.stdout) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_names_is_declared(service):
    of = SERVICES[service]
    for volume in of["volumes"]:
        assert volume.split(":")[0] in COMPOSE["volumes"]
    assert set(of["networks"]) <= set(COMPOSE["networks"])
    for other, how in of.get("depends_on", {}).items():
        ends = SERVICES[other]["restart"] == "no"
        assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")


def test_every_declared_volume_and_network_is_used():
    used = {volume.split(":")[0] for of in SERVICES.values() for volume in of["volumes"]}
    assert used == set(COMPOSE["volumes"])
    assert {name for of in SERVICES.values() for name in of["networks"]} == set(COMPOSE["networks"])


# --- closed by default ----------------------------------------------------------------------------------------------


def test_every_published_port_is_on_this_machine_alone():
    published = [port for of in SERVICES.values() for port in of.get("ports", [])]
    assert len(published) == 4
    for port in published:
        host, _, inside = VARIABLE.sub(r"\2", port).partition(":")
        assert ipaddress.ip_address(host).is_loopback
        assert re.fullmatch(r"\d+:(8080|8025)", inside)
    numbers = [VARIABLE.search(port)[2] for port in published]
    assert len(set(numbers)) == len(numbers)


def test_database_and_bot_reach_nothing_outside():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for service in ("postgres", "bot", "prepare", "secrets"):
        assert SERVICES[service]["networks"] == ["inside"]
        assert "ports" not in SERVICES[service]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_write_only_where_it_must_and_has_no_rights(service):
    of = SERVICES[service]
    assert of["read_only"] is True
    assert of["cap_drop"] == ["ALL"]
    assert of["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(of)
    assert not [volume for volume in of["volumes"] if volume.startswith((".", "/", "~"))]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_limits_and_its_logs_do_too(service):
    limits = SERVICES[service]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert set(SERVICES[service]["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("service", LONG)
def test_what_stays_running_restarts_is_watched_and_gets_time_to_stop(service):
    of = SERVICES[service]
    assert of["restart"] == "unless-stopped"
    assert of["healthcheck"]["test"][0] == "CMD"
    assert int(of["stop_grace_period"].removesuffix("s")) >= 10


def test_limits_leave_room_over_what_hub_and_bot_need_idle():
    reserved = {name: SERVICES[name]["deploy"]["resources"]["reservations"]["memory"] for name in ("hub", "bot")}
    assert reserved == {"hub": "150M", "bot": "300M"}
    for name in reserved:
        assert int(SERVICES[name]["deploy"]["resources"]["limits"]["memory"].removesuffix("M")) >= 512


def test_no_image_is_the_latest_and_every_base_is_a_version():
    for of in SERVICES.values():
        name, _, tag = VARIABLE.sub(r"\2", of["image"]).rpartition(":")
        assert name
        assert re.match(r"\d", tag), of["image"]
    every = images.stages()
    for stage in every.values():
        assert stage.base in every or re.fullmatch(r"docker\.io/library/python:3\.11-slim-bookworm", stage.base)


# --- secrets --------------------------------------------------------------------------------------------------------


def test_no_secret_stands_in_the_compose_file_the_dockerfile_or_the_example():
    secrets = {
        *secret_files.names(KIND, settings.PREFIX).keys() - {"ONTHAAL_DATABASE_URL"},  # below: without a password
        "POSTGRES_PASSWORD",
        "ONTHAAL_BOT_TOKEN",
        "ONTHAAL_HUB_TOKEN",
    }
    given = {name for of in SERVICES.values() for name in of.get("environment", {})}
    baked = {name for stage in images.stages().values() for name in stage.environment()}
    assert not secrets & (given | baked | set(env_example()))
    for of in SERVICES.values():
        assert not re.search(r"://[^/\s]*:[^/\s]*@", str(of.get("environment", {})))


def test_each_secret_is_seen_only_by_those_who_need_it():
    readers = {
        volume: {name for name, of in SERVICES.items() if any(line.startswith(f"{volume}:") for line in of["volumes"])}
        for volume in ("database-secret", "bot-secrets")
    }
    hubs = {"secrets", "prepare", "hub", "hub-2"}
    assert readers == {"database-secret": hubs | {"postgres"}, "bot-secrets": hubs | {"bot"}}
    for service in LONG:
        assert all(line.endswith(":ro") for line in SERVICES[service]["volumes"] if "secret" in line)


def test_every_file_of_a_secret_lies_in_a_volume_of_its_service():
    for name, of in SERVICES.items():
        folders = [line.split(":")[1] for line in of["volumes"]]
        for variable, value in of.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert any(value.startswith(f"{folder}/") for folder in folders), (name, variable)


# --- settings -------------------------------------------------------------------------------------------------------


def test_every_variable_of_the_hub_is_a_real_setting():
    given = {name for of in OURS.values() if of["build"]["target"] == "hub" for name in of.get("environment", {})}
    in_image = {name for stage in images.lineage("hub") for name in stage.environment() if name.startswith("ONTHAAL_")}
    assert given <= KNOWN
    assert in_image <= KNOWN


def test_the_settings_of_the_compose_file_are_accepted(monkeypatch, tmp_path):
    for name in os.environ:
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)
    environment = {**env_example(), **SERVICES["hub"]["environment"]}
    for name, value in environment.items():
        if name.startswith(settings.PREFIX):
            is_file = name.endswith(secret_files.SUFFIX)
            (tmp_path / name).write_text("geheim")
            monkeypatch.setenv(name, str(tmp_path / name) if is_file else VARIABLE.sub(r"\2", value))
    of = registry.load_settings()
    assert of.bot.url == "http://bot:5005"
    assert of.channels.email.addresses == ("info@stad.example",)
    assert of.channels.email.max_connections_per_ip == of.channels.email.max_connections
    assert len(of.web.trusted_proxies) == 3


def test_every_variable_of_the_bot_is_read_by_it():
    assert set(SERVICES["bot"]["environment"]) <= OF_THE_BOT


def test_the_example_names_every_variable_of_the_compose_file_with_its_default_and_only_real_settings():
    used = dict(VARIABLE.findall((ROOT / "docker-compose.yml").read_text()))
    example = env_example()
    assert {name for name in example if not name.startswith(settings.PREFIX)} == set(used)
    assert {name for name in example if name.startswith(settings.PREFIX)} <= SETTINGS
    for name, default in used.items():
        assert example[name] == default or name == "PUBLIC_URL"


# --- images ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["hub", "bot"])
def test_an_image_runs_as_a_normal_user_and_says_what_it_is(target):
    *_, last = images.lineage(target)
    assert [step.rest for step in last.all("USER")] == ["10001:10001"]
    assert last.steps.index(last.all("USER")[0]) > max(map(last.steps.index, last.all("COPY")))
    labels = {
        word.split("=")[0] for stage in images.lineage(target) for step in stage.all("LABEL") for word in step.words
    }
    wanted = ("title", "description", "vendor", "licenses", "version", "revision")
    assert labels == {f"org.opencontainers.image.{name}" for name in wanted}


@pytest.mark.parametrize("target", ["hub", "bot"])
def test_compose_and_image_check_health_the_same_way(target):
    *_, last = images.lineage(target)
    _, _, command = last.all("HEALTHCHECK")[0].rest.partition("CMD ")
    assert ["CMD", *images.Instruction("CMD", {}, command).words] == SERVICES[target]["healthcheck"]["test"]


def test_the_images_are_made_by_the_set_up_of_a_developer():
    made = {name: images.stages()[name].all("RUN")[0].rest for name in ("hub-made", "bot-made")}
    assert made == {"hub-made": "python3 scripts/setup.py hub", "bot-made": "python3 scripts/setup.py bot"}


def test_nothing_but_what_is_needed_is_copied_into_an_image():
    for target in ("hub", "bot"):
        for stage in images.lineage(target):
            assert all(step.options.get("from") == f"{target}-made" for step in stage.all("COPY"))
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in ignored if not line.startswith("#")) == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        word.split("/")[0]
        for stage in images.stages().values()
        for step in stage.all("COPY")
        if "from" not in step.options
        for word in step.words[:-1]
    }
    assert copied == let_in
    assert not let_in & {"var", ".env", "tests", ".git", "node_modules", ".venv"}
