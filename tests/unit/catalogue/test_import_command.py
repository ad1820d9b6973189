"""`onthaal catalogue import`: from a file, a folder or an address, of any form, as often as one likes."""

import contextlib
import http.server
import logging
import threading

import catalogue_support as support
import click.testing
import pytest

from intake import cli, errors

SAMPLES = support.SAMPLES


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command on data of its own; returns what it said."""
    monkeypatch.setenv("ONTHAAL_DATA_DIR", str(tmp_path / "data"))
    handlers = logging.getLogger().handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", "intake", "channels")}

    def command(*words):
        done = click.testing.CliRunner().invoke(cli.commands, ["catalogue", "import", *map(str, words)])
        if isinstance(done.exception, errors.IntakeError):
            return str(done.exception)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    yield command
    logging.getLogger().handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    ("sample", "counts"),
    [
        ("sc-feed.xml", (1, 1)),
        ("cevi.xml", (1, 1)),
        ("ldes-1.json", (0, 0)),
        ("sdg-translations.json", (1, 1)),
        ("products.jsonl", (3, 4)),
    ],
)
def test_a_file_is_recognised_and_the_second_time_all_is_the_same(run, sample, counts):
    added, refused = counts
    said = run(SAMPLES / sample)
    assert said.startswith(f"{added} nieuw, 0 gewijzigd, 0 ongewijzigd, 0 ingetrokken, {refused} geweigerd.\n")
    assert said.count("geweigerd: ") == refused
    assert run(SAMPLES / sample).startswith(f"0 nieuw, 0 gewijzigd, {added} ongewijzigd, 0 ingetrokken, {refused} ge")


def test_a_folder_of_pages_is_one_feed_and_what_it_lost_is_withdrawn(run, tmp_path):
    folder = tmp_path / "stroom"
    folder.mkdir()
    for name in ("ldes-0.json", "ldes-1.json"):
        (folder / name).write_bytes((SAMPLES / name).read_bytes().replace(b'"dit is geen record"', b'{"@id": "x"}'))
    (folder / "lees-mij.txt").write_text("geen feed")
    assert run(folder).startswith("1 nieuw")
    gone = (folder / "ldes-0.json").read_text().replace("10000000-0000", "80000000-0000")
    (folder / "ldes-0.json").write_text(gone)
    assert run(folder, "--format", "ipdc", "--withdraw").startswith(
        "1 nieuw, 0 gewijzigd, 0 ongewijzigd, 1 ingetrokken"
    )


def test_two_feeds_of_one_form_leave_one_another_alone(run, tmp_path):
    for name in ("een", "twee"):
        (tmp_path / f"{name}.csv").write_text(f"id;titel;tekst\n{name};{name};tekst\n")
        assert run(tmp_path / f"{name}.csv", "--feed", name, "--withdraw").startswith("1 nieuw, 0 gewijzigd, 0 on")
    said = run(tmp_path / "een.csv", "--feed", "twee")
    assert "1 geweigerd." in said
    assert "geweigerd: een is al een product van een andere bron" in said
    assert "kan geen naam van een bron zijn" in run(tmp_path / "een.csv", "--feed", "Twee!")


def test_what_is_missing_and_what_has_no_group_is_told(run):
    said = run(SAMPLES / "sru-1.xml", "--withdraw", "--unit", "wegendienst")
    assert "niet volledig: de records vanaf nummer 3 zijn niet gelezen" in said
    assert "niets ingetrokken: de records vanaf nummer 3" in said
    assert "nog zonder groep, dus voor het onthaal: wegendienst" in said


def test_a_column_may_have_any_name(run, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("Nummer;Wat;Uitleg\n71;Kermis;Elk jaar\n")
    columns = ["--column", "id=Nummer", "--column", "title=Wat", "--column", "description=Uitleg"]
    assert run(table, *columns).startswith("1 nieuw")
    assert "De velden zijn: id, title" in run(table, "--column", "idd=Nummer")


@contextlib.contextmanager
def serving(pages, heard):
    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers.get("x-api-key"))
            content = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_is_read_page_after_page_with_the_key_in_a_file(run, tmp_path):
    key = tmp_path / "headers"
    key.write_text("x-api-key: geheim\n")
    heard = []
    pages = {
        "/sru": (SAMPLES / "sru-1.xml").read_bytes(),
        "/sru?startRecord=3": (SAMPLES / "sru-2.xml").read_bytes(),
    }
    with serving(pages, heard) as base:
        assert run(f"{base}/sru", "--headers", key, "--withdraw").startswith("2 nieuw")
        assert run(f"{base}/sru", "--headers", key, "--withdraw").startswith(
            "0 nieuw, 0 gewijzigd, 2 ongewijzigd, 0 in"
        )
    assert heard == ["geheim"] * 4


def test_a_fault_in_the_file_with_headers_never_shows_it(run, tmp_path):
    key = tmp_path / "headers"
    for wrong in ("geheim", "x-api-key:", "x api: geheim", "x-api-key: gehéím"):
        key.write_text(wrong)
        said = run("http://127.0.0.1:9/", "--headers", key)
        assert "`Naam: waarde`" in said
        assert "geh" not in said


def test_what_cannot_be_read_is_told(run, tmp_path):
    assert "niet te lezen" in run(tmp_path / "bestaat-niet.csv")
    assert "geen bestanden met producten" in run(tmp_path)
    (tmp_path / "x.txt").write_text("hallo")
    assert "--format" in run(tmp_path / "x.txt")
