"""The documentation as it is built: every page is found, nothing comes from elsewhere, a broken link is an error."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support import running

DOCS = running.ROOT / "docs"
sys.path.insert(0, str(running.ROOT / "scripts"))
docs_site = importlib.import_module("docs_site")
BUILD_SECONDS = 120


def build(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / "scripts" / "docs_site.py", "--site-dir", folder], cwd=root, capture_output=True,
        text=True, timeout=BUILD_SECONDS, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    done = build(running.ROOT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Seen(HTMLParser):
    """What a page loads by itself, and where its navigation leads."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source", "video", "audio", "embed"} and given.get("src"):
            self.loads.append(given["src"])
        if tag == "link" and given.get("rel") not in {"canonical", "prev", "next"}:
            self.loads.append(given.get("href") or "")
        if tag == "form" and given.get("action"):
            self.loads.append(given["action"])
        if tag == "a" and "md-nav__link" in (given.get("class") or ""):
            self.links.append(given.get("href") or "")


def pages(site: Path) -> list[str]:
    return sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html") if page.name != "404.html")


def test_every_page_of_the_folder_is_built_and_in_the_navigation(site):
    seen = Seen()
    seen.feed((site / "index.html").read_text())
    reached = {link.partition("#")[0] for link in seen.links} | {"index.html"}
    written = {
        re.sub(r"(README|index)\.html$", "index.html", page.relative_to(DOCS).with_suffix(".html").as_posix())
        for page in DOCS.rglob("*.md")
    }
    assert written <= set(pages(site))
    assert set(pages(site)) <= reached


def test_no_page_and_no_style_names_anything_on_another_server(site):
    for page in pages(site):
        seen = Seen()
        seen.feed((site / page).read_text())
        assert not [each for each in seen.loads if re.match(r"(https?:)?//", each)], page
    for style in site.rglob("*.css"):
        assert not re.findall(r"url\([\"']?(?:https?:)?//|@import", style.read_text()), style


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_in_a_browser_every_page_is_whole_and_the_search_works_without_other_servers(site):
    done = subprocess.run(
        ["node", "tests/web/docs_site.mjs"], cwd=running.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "SITE": str(site), "PAGES": "\n".join(pages(site))}, text=True, timeout=220, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("link", ["[gone](how-to/gone.md)", "[gone](glossary.md#gone)", "[gone](/how-to/upgrade.md)"])
def test_a_link_that_leads_nowhere_stops_the_build(tmp_path, link):
    for name in ("docs", "scripts"):
        shutil.copytree(running.ROOT / name, tmp_path / name)
    for name in ("mkdocs.yml", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md"):
        shutil.copy(running.ROOT / name, tmp_path)
    for name in ("bot", "nlu_data"):
        (tmp_path / name).mkdir()
        shutil.copy(running.ROOT / name / "README.md", tmp_path / name)
    with (tmp_path / "docs" / "index.md").open("a") as page:
        page.write(f"\n{link}\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "gone" in done.stderr or "upgrade" in done.stderr


def test_a_page_that_appears_is_found_behind_those_with_a_place():
    sections = [
        {"title": "How-to", "folder": "how-to", "pages": ["how-to/b.md", "how-to/not-written-yet.md"]},
        {"title": "Reference", "folder": "reference", "pages": ["glossary.md"]},
    ]
    there = ["index.md", "how-to/a.md", "how-to/b.md", "glossary.md", "performance.md", "new-folder/x.md"]
    assert docs_site.navigation(sections, there) == [
        {"How-to": ["how-to/b.md", "how-to/a.md"]},
        {"Reference": ["glossary.md", "performance.md"]},
        {"New folder": ["new-folder/x.md"]},
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](../CONTRIBUTING.md)", "[a](project/contributing.md)"),
        ("[a](../CONTRIBUTING.md#x)", "[a](project/contributing.md#x)"),
        ("[a](how-to/x.md)", "[a](how-to/x.md)"),
        ("[a](../LICENSE) b", "a b"),
        ("[a](https://x.example/) [b](#c)", "[a](https://x.example/) [b](#c)"),
        ("[![p](images/p.png)](images/p.png)", "[![p](images/p.png)](images/p.png)"),
    ],
)
def test_links_that_leave_the_folder_lead_to_where_the_site_has_the_page(text, shown):
    project = {"CONTRIBUTING.md": "project/contributing.md"}
    assert docs_site.relink(text, "docs/index.md", "index.md", project) == shown


def test_links_of_a_page_from_outside_lead_into_the_site():
    shown = docs_site.relink(
        "[a](docs/adr/README.md) ![p](docs/images/p.png) [l](LICENSE)", "CONTRIBUTING.md", "project/contributing.md", {}
    )
    assert shown == "[a](../adr/README.md) ![p](../images/p.png) l"
