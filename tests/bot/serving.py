"""A client of the served bot, as small as the hub's needs."""

import http.client
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int
    snapshot: Path
    log: Path

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            connection.request(method, path + (f"?token={token}" if token else ""), content)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def status(self) -> int:
        try:
            return self.call("GET", "/status")[0]
        except OSError:
            return 0

    def parse(self, text: str) -> dict[str, Any]:
        status, body = self.call("POST", "/model/parse", {"text": text})
        assert status == 200, body
        return json.loads(body)

    def say(self, message: str, sender: str = "one", **metadata: str) -> list[dict[str, Any]]:
        body = {"sender": sender, "message": message, "metadata": metadata}
        status, answer = self.call("POST", "/webhooks/rest/webhook", body)
        assert status == 200, answer
        return json.loads(answer)

    def write_snapshot(self, content: object) -> None:
        beside = self.snapshot.with_suffix(".new")
        beside.write_text(content if isinstance(content, str) else json.dumps(content))
        beside.replace(self.snapshot)
