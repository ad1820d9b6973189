"""Builds the documentation site, and is its mkdocs hook: navigation, and pages from outside docs/.

    .venv/bin/python scripts/docs_site.py [--site-dir FOLDER]

A page that appears in a folder of docs/ is in the navigation at once; mkdocs.yml only says what comes first. A warning
is an error.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\((?P<target>[^)\s]+)\)")
# mkdocs-material prints news of its makers at each build, which is no finding of ours.
QUIET = {"NO_MKDOCS_2_WARNING": "1"}
_PICTURE = re.compile(r"!\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def navigation(sections: Sequence[dict[str, Any]], pages: Iterable[str]) -> list[dict[str, Any]]:
    """The navigation from what comes first and what there is.

    Args:
        sections: title, folder and the first pages of each section, in order.
        pages: every page of docs/, as paths in it.

    Returns:
        What mkdocs takes as `nav`; every page but the home page is in it exactly once. A page beside the folders that
        no section names belongs to the reference.
    """
    left = sorted(set(pages) - {"index.md"})
    firsts = {page for section in sections for page in section["pages"]}
    found: list[dict[str, Any]] = []
    for section in sections:
        first = [page for page in section["pages"] if page in left]
        own = [page for page in left if page not in firsts and _belongs(page, section)]
        found.append({section["title"]: [*first, *own]})
    named = {page for section in found for inside in section.values() for page in inside}
    others: dict[str, list[str]] = {}
    for page in left:
        if page not in named:
            others.setdefault(page.partition("/")[0].replace("-", " ").capitalize(), []).append(page)
    return [*found, *({title: inside} for title, inside in others.items())]


def _belongs(page: str, section: dict[str, Any]) -> bool:
    folder, slash, _ = page.partition("/")
    return folder == section["folder"] if slash else section["folder"] == "reference"


def relink(text: str, source: str, shown_as: str, project: dict[str, str]) -> str:
    """Links of a page of the repository as they must be in the site.

    Args:
        text: the page in Markdown.
        source: its path in the repository.
        shown_as: its path in docs/, or where the site shows it as if it were there.
        project: pages outside docs/ that the site shows, and where.

    Returns:
        The text. A link to a file that the site does not show leaves its words only.
    """

    def place(target: str) -> str | None:
        path, mark, anchor = target.partition("#")
        if not path or ":" in path:
            return target
        goal = normpath(str(PurePosixPath(source).parent / path))
        inside = goal.removeprefix("docs/") if goal.startswith("docs/") else project.get(goal)
        if inside is None:
            return None if (ROOT / goal).exists() else target  # mkdocs then says that it leads nowhere
        return relpath(inside, str(PurePosixPath(shown_as).parent)) + mark + anchor

    def link(found: re.Match[str]) -> str:
        to = place(found["target"])
        return found["text"] if to is None else f"[{found['text']}]({to})"

    def picture(found: re.Match[str]) -> str:
        return f"![{found['text']}]({place(found['target']) or found['target']})"

    return _LINK.sub(link, _PICTURE.sub(picture, text))


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Make the navigation."""
    docs = Path(config.docs_dir)
    pages = [path.relative_to(docs).as_posix() for path in docs.rglob("*.md")]
    shown = [shown for source, shown in config.extra["project"].items() if (ROOT / source).is_file()]
    config.nav = [{"Onthaal": "index.md"}, *navigation(config.extra["sections"], pages), {"Project": shown}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Bring in the pages from outside docs/."""
    project = config.extra["project"]
    for source, shown in project.items():
        if (ROOT / source).is_file():
            text = relink((ROOT / source).read_text("utf-8"), source, shown, project)
            files.append(File.generated(config, shown, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Turn links that leave docs/ to where the site shows those pages."""
    project = config.extra["project"]
    if page.file.src_uri in project.values():
        return markdown
    return relink(markdown, f"docs/{page.file.src_uri}", page.file.src_uri, project)


@event_priority(-100)  # when the search plugin has written its index
def on_post_build(config: MkDocsConfig) -> None:
    """Write the search's index as a script too: a page that was opened as a file may load no JSON."""
    folder = Path(config.site_dir) / "search"
    index = (folder / "search_index.json").read_text("utf-8")
    (folder / "search_index.js").write_text(f"var __index = {index}", "utf-8")


def main(arguments: list[str]) -> int:
    """Build the site; the exit status of mkdocs."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET}, check=False)
    if done.returncode == 0:
        print("The site is built: open index.html in the folder site." if not arguments else "The site is built.")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
