"""The bot of the settings: one elsewhere, or one that the hub starts with a trained model."""

from pathlib import Path

from intake import errors, system
from intake.bot_client import client, process
from intake.settings import Settings


def bot_of(settings: Settings) -> tuple[client.RasaClient, process.BotProcess | None]:
    """The bot of these settings, and its process when the hub starts it. Raises BadSettings without a model."""
    of = settings.bot
    if of.url is not None:
        return client.RasaClient(of.url, of.token.get_secret_value(), timeout_seconds=of.timeout_seconds), None
    return embedded(settings, settings.data_dir / "catalogue.json", settings.data_dir / "log" / "bot.log")


def embedded(
    settings: Settings, snapshot: Path, log_file: Path, learned: Path | None = None
) -> tuple[client.RasaClient, process.BotProcess]:
    """A bot of its own that answers from `snapshot`, with what was learned. Raises BadSettings without a model."""
    of = settings.bot
    token, port = system.SystemIds().secret(), process.free_port()
    bot = client.RasaClient(f"http://127.0.0.1:{port}", token, timeout_seconds=of.timeout_seconds)
    recipe = process.Recipe(
        python=python_of(settings),
        folder=of.folder,
        model=model_of(settings),
        snapshot=snapshot,
        learned=learned or learned_of(settings),
        log_file=log_file,
        port=port,
        token=token,
    )
    return bot, process.BotProcess(recipe, bot)


def python_of(settings: Settings) -> Path:
    """The Python of the bot's own environment."""
    return (settings.bot.folder / ".venv" / "bin" / "python").absolute()


def learned_of(settings: Settings) -> Path:
    """The folder of what `onthaal catalogue learn` made; it need not exist."""
    return settings.bot.learned or settings.data_dir / "learned"


def no_bot() -> client.RasaClient:
    """For commands that only visit the data and ask the bot nothing."""
    return client.RasaClient("http://127.0.0.1:1", "")


def model_of(settings: Settings) -> Path:
    """The trained model that is used. Raises BadSettings."""
    named = settings.bot.model
    if named is not None and not named.exists():
        raise errors.BadSettings(f"ONTHAAL_BOT__MODEL: {named} bestaat niet.")
    if named is not None and named.is_file():
        return named
    folder = named or settings.data_dir / "models"
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise errors.BadSettings(f"Er is geen botmodel in {folder}. Draai `make setup`, of zet ONTHAAL_BOT__MODEL.")
    return models[-1]
