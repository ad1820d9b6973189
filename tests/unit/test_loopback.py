"""Test processes that run beside each other are never given the same port."""

import socket
import subprocess
import sys

from tests.support import loopback, running

MANY = 200
ASK = f"from tests.support import loopback; print(*loopback.free_ports({MANY}), flush=True); input()"


def test_no_two_processes_are_given_one_port_and_the_end_of_a_process_gives_its_ports_back():
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", ASK], cwd=running.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    given: list[int] = []
    for program in programs:
        assert program.stdout is not None
        given += map(int, program.stdout.readline().split())
    assert len(given) == len(set(given)) == 3 * MANY
    assert not any(loopback._claimed(port) for port in given)
    for program in programs:
        program.communicate("\n", timeout=30)
    assert all(loopback._claimed(port) for port in given[::MANY])


def test_a_port_on_which_something_listens_is_not_given(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(loopback, "PORTS", range(port, port + 50))
        assert port not in loopback.free_ports(1)
