"""The catalogue ranker as a Rasa component: last in the pipeline, it decides what a message asks for.

It sets on every message:
- `catalogue`: {"snapshot", "ranked": [{"product", "version", "score", "words"}, …], "language"};
- `intent`: a dialogue act, `ask_product`, `ask_product_unsure` or `nlu_fallback` (see `ranking.verdict`);
- an entity `language`, which fills the slot that chooses the language of the responses.
"""

import logging
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from onthaal_bot.ranking import finder, learned, snapshot, verdict, words

SNAPSHOT = "ONTHAAL_BOT_SNAPSHOT"
LEARNED = "ONTHAAL_BOT_LEARNED"

log = logging.getLogger(__name__)


def _language(message: Message, found: finder.Found) -> str:
    """The caller's choice in the webhook's metadata, else the language of the text."""
    metadata: object = message.get("metadata")
    chosen: object = metadata.get("language") if isinstance(metadata, dict) else None
    return chosen if isinstance(chosen, str) and chosen in words.LANGUAGES else found.language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CatalogueRanker(GraphComponent):
    """Ranks the products of the snapshot in ONTHAAL_BOT_SNAPSHOT. Never raises."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """The limits of `ranking.verdict`, to be changed in config.yml."""
        return asdict(verdict.Limits())

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003 - Rasa's signature
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> "CatalogueRanker":
        """Called at every load of a model, not while training."""
        return cls(config)

    def __init__(self, config: Dict[str, Any]) -> None:
        """`config`: the defaults with the keys of config.yml on top; Rasa adds keys of its own."""
        self._limits = verdict.Limits(**{name: float(config[name]) for name in self.get_default_config()})
        path = os.environ.get(SNAPSHOT, "")
        learnt = os.environ.get(LEARNED, "")
        known = learned.found_in(Path(learnt)) if learnt else None
        self._source = snapshot.Source(Path(path) if path else None, lambda products: finder.Finder(products, known))
        self._source.current()

    def process(self, messages: List[Message]) -> List[Message]:
        """Rank and decide; a message that cannot be ranked keeps its intent and gets an empty ranking."""
        for message in messages:
            # Whatever goes wrong, the hub must get an answer that it can act on.
            try:
                self._rank(message)
            except Exception as error:  # noqa: BLE001
                log.error("ranking failed: %s", type(error).__name__)  # noqa: TRY400 - a traceback holds the text
                nothing = {"snapshot": None, "ranked": [], "language": "nl"}
                message.set("catalogue", nothing, add_to_output=True)
                message.set("intent", {"name": verdict.FALLBACK, "confidence": 1.0}, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> None:
        text: object = message.get("text")
        question = text if isinstance(text, str) else ""
        current = self._source.current()
        found = current.find(question)
        ranking: list[dict[str, Any]] = message.get("intent_ranking") or []
        acts = {str(entry["name"]): float(entry["confidence"]) for entry in ranking}
        limits = self._limits
        if current.answers_from is not None:  # the score says itself how sure it is
            limits = replace(limits, sure=current.answers_from, lead=0.0, very_strong=current.answers_from)
        decided = verdict.decide(question, acts, found.hits, limits)
        intent = {"name": decided.intent, "confidence": decided.confidence}
        others = [entry for entry in ranking if entry["name"] != decided.intent]
        message.set("intent", intent, add_to_output=True)
        message.set("intent_ranking", [intent, *others], add_to_output=True)
        message.set(
            "catalogue",
            {
                "snapshot": found.snapshot,
                "ranked": [
                    {"product": hit.product, "version": hit.version, "score": hit.score, "words": list(hit.words)}
                    for hit in found.hits
                ],
                "language": found.language,
            },
            add_to_output=True,
        )
        entity = {"entity": "language", "value": _language(message, found), "extractor": "CatalogueRanker"}
        message.set("entities", [*(message.get("entities") or []), entity], add_to_output=True)
