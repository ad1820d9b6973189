"""publiccode.yml says what catalogues of public code need, as the standard has it.

Source: publiccode.yml 0.4, "The Standard (core)", "List of software categories" and "Scope list".
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "publiccodeYmlVersion", "name", "applicationSuite", "url", "landingURL", "isBasedOn", "organizationUri",
    "softwareVersion", "releaseDate", "logo", "platforms", "categories", "usedBy", "roadmap", "developmentStatus",
    "softwareType", "intendedAudience", "description", "legal", "maintenance", "localisation", "dependsOn",
}  # fmt: skip
MANDATORY = {
    "publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType",
    "description", "legal", "maintenance", "localisation",
}  # fmt: skip
DESCRIPTION_KEYS = {
    "localisedName", "shortDescription", "longDescription", "documentation", "apiDocumentation", "features",
    "screenshots", "videos", "awards",
}  # fmt: skip
CATEGORIES = {
    "customer-service-and-support", "contact-management", "call-center-management", "help-desk", "digital-citizenship",
}  # fmt: skip
"""Those of the list of the standard that fit; the list has no chatbot."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))


def test_it_has_every_mandatory_key_and_no_unknown_one(described):
    assert set(described) >= MANDATORY
    assert set(described) <= KEYS
    assert described["publiccodeYmlVersion"] == "0.4"


def test_its_values_are_of_the_lists_of_the_standard(described):
    assert set(described["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}
    assert set(described["categories"]) <= CATEGORIES
    assert described["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert described["softwareType"] == "standalone/web"
    assert described["intendedAudience"]["scope"] == ["local-authorities"]
    assert all(re.fullmatch(r"[a-z]{2}", country) for country in described["intendedAudience"]["countries"])
    assert re.fullmatch(r"https://\S+", described["url"])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_is_described_in_dutch_and_english(described, language):
    text = described["description"][language]
    assert set(text) <= DESCRIPTION_KEYS
    assert 0 < len(text["shortDescription"]) <= 150
    assert "\n" not in text["shortDescription"]
    assert 150 <= len(text["longDescription"]) <= 10_000
    assert 5 <= len(text["features"]) <= 20
    for picture in text["screenshots"]:
        assert (ROOT / picture).is_file()
        assert picture.endswith((".png", ".jpg"))


def test_who_maintains_it_and_under_which_licence_is_said(described):
    assert described["legal"]["license"] == "EUPL-1.2"
    assert described["maintenance"]["type"] == "community"
    assert all(contact["name"] for contact in described["maintenance"]["contacts"])
    assert described["localisation"]["localisationReady"] is True
    assert set(described["localisation"]["availableLanguages"]) == {"nl", "en"}
