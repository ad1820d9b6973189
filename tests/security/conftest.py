from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import running

TLS = Path(__file__).parents[1] / "fixtures" / "tls"


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.RunningDemo]:
    """One whole hub without bot that takes STARTTLS, for attacks that must do it no harm."""
    settings = {
        "ONTHAAL_CHANNELS__EMAIL__STARTTLS_CERTIFICATE": str(TLS / "starttls-certificate.pem"),
        "ONTHAAL_CHANNELS__EMAIL__STARTTLS_KEY": str(TLS / "starttls-key.pem"),
        "ONTHAAL_CHANNELS__EMAIL__MAX_CONNECTIONS_PER_IP": "100",
        "ONTHAAL_WORK__AUTO_REPLIES_PER_DAY": "1",
        "ONTHAAL_CHANNELS__WEBCHAT__MESSAGES_PER_MINUTE": "1000",
    }
    demo = running.RunningDemo(tmp_path_factory.mktemp("hub"), **running.NO_BOT, **settings).start()
    yield demo
    if demo.process is not None and demo.process.poll() is None:
        demo.stop()
