"""The benchmarks run, at sizes that say nothing about speed, and their report says what they found."""

import contextlib
import json
from xml.etree import ElementTree as ET

import pytest

from benchmarks import __main__ as bench
from benchmarks import city, figures, machine, report
from tests.support import running

FOUND = [
    figures.Figure(name="a", title="A", unit="x/s", hub=(50, 60, 10), bare=(100, 100, 100), bound=0.6),
    figures.Figure(name="b", title="B", unit="KiB", hub=(39,), bound=40, is_ceiling=True, note="with a note"),
    figures.Figure(name="c", title="C", unit="ms", hub=(1.5,)),
]


def test_a_figure_is_judged_by_the_median_of_its_ratios_or_by_itself():
    assert [figure.judged for figure in FOUND] == [0.5, 39, 1.5]
    assert [figure.holds for figure in FOUND] == [False, True, None]
    assert FOUND[0].as_json()["ratio_median"] == 0.5


async def test_hub_and_reference_are_measured_in_turn_and_the_first_turn_does_not_count():
    order = []

    def taking(name):
        async def one():
            order.append(name)
            return float(len(order))

        return one

    ours, theirs = await figures.in_turn(2, taking("hub"), taking("bare"), lambda _: None)
    assert order == ["bare", "hub"] * 3
    assert (ours, theirs) == ((4, 6), (3, 5))


def test_the_page_keeps_its_words_around_the_block(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{report.BEGIN}\nold\n{report.END}\n\nafter\n")
    for _ in range(2):
        report.write_page(page, report.block(FOUND, {"disk": "quick"}, "today"))
    text = page.read_text()
    assert text.startswith("before\n\n")
    assert text.endswith("\n\nafter\n")
    assert "old" not in text
    assert "| A | 50.0 x/s | 100 | 0.50 (0.10–0.60) | ≥ 0.6 | NO |" in text
    assert "with a note" in text


def test_the_picture_is_an_svg_with_every_bounded_figure():
    labels = [node.text for node in ET.fromstring(report.picture(FOUND)).iter() if node.tag.endswith("text")]
    assert labels == ["A: 0.50 (target ≥ 0.6)", "B: 39.0 KiB (target ≤ 40 KiB)"]
    assert '<desc id="d">2 bars, one per figure with a target; a line marks the target. Not met: A.</desc>' in (
        report.picture(FOUND)
    )


def test_the_machine_says_what_it_is(tmp_path):
    assert {"processor", "memory", "disk", "versions"} <= machine.describe(tmp_path).keys()


@pytest.fixture(scope="module")
def one_city(tmp_path_factory):
    """Started once for all: at a tiny size a measurement is over long before its city would have started."""
    demo = running.RunningDemo(tmp_path_factory.mktemp("city"), **city.LIMITS).start()
    yield city.City(demo)
    demo.stop()


@pytest.fixture
def cities(request, monkeypatch):
    """Measurements share a city, but for `idle`: it is about a hub at rest, and has `open_city` itself tested."""
    if request.node.callspec.params["name"] == "idle":
        return

    @contextlib.asynccontextmanager
    async def shared(**settings):
        assert not settings
        yield request.getfixturevalue("one_city")

    monkeypatch.setattr(city, "open_city", shared)


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("cities")
@pytest.mark.parametrize("name", bench.NAMES)
def test_each_measurement_runs_at_a_tiny_size(name, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert bench.main([name, "--tiny", "--json", str(file)]) == 0
    found = json.loads(file.read_text())["figures"]
    assert found
    assert all(figure["hub"] and all(value > 0 for value in figure["hub"]) for figure in found if figure["bare"])
    assert "Saved in" in capsys.readouterr().out
