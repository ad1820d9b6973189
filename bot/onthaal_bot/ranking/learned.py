"""What was learned from the national collection: which uniform product names a question points to.

Three ways look at a question: BM25 over all that municipalities write under one name, the vote of the nearest texts,
and a classifier of learned vectors (see `learning`). All read the same hashed features.
"""

import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from onthaal_bot.ranking import postings

log = logging.getLogger(__name__)

FORM: Final = 1
"""Grows when the files change so that older ones cannot be read."""
ARRAYS, MANIFEST = "learned.npz", "learned.json"
SHARPNESS: Final = 16.0
"""What the classifier's cosine is multiplied with before the softmax."""
NEIGHBOURS: Final = 40
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """Everything that is kept of the collection. Rows of `bm25` are names, of `texts` the texts of `owners`."""

    bm25: sparse.csc_matrix
    texts: sparse.csc_matrix
    owners: NDArray[np.int32]
    rarity: NDArray[np.float32]
    features: NDArray[np.float16]
    names: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Per uniform name what speaks for it; the best of each array tells how sure that way is."""

    bm25: NDArray[np.float64]
    vote: NDArray[np.float64]
    chance: NDArray[np.float64]
    vector: NDArray[np.float32]
    """The question in the classifier's space."""
    nearest: float
    """Likeness of the nearest text of the collection, 0..1."""


class Learned:
    """The collection's knowledge, ready to be asked."""

    def __init__(self, names: tuple[str, ...], arrays: Arrays, weights: Mapping[str, Any]) -> None:
        """`names`: the uniform names in the order of the rows; `weights`: of `fusion`."""
        self.names = names
        self.number = {name: number for number, name in enumerate(names)}
        self.weights = weights
        self.arrays = arrays
        self._bm25 = postings.Postings(arrays.bm25)
        self._texts = postings.Postings(arrays.texts)

    def read(self, said: Mapping[int, float]) -> Reading:
        """What the hashed features `said` of a question point to."""
        vector = self.vector(said)
        return Reading(bm25=self._bm25.scores(said), **self._vote(said), chance=self.chances(vector), vector=vector)

    def chances(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """The classifier's chance of each name for a text of this vector."""
        values = SHARPNESS * (self.arrays.names @ vector)
        raised = np.exp(values - values.max())
        found: NDArray[np.float64] = raised / raised.sum()
        return found

    def vectors(self, texts: sparse.csr_matrix) -> NDArray[np.float32]:
        """Texts, as rows of hashed features, in the classifier's space; each of length 1."""
        hidden: NDArray[np.float32] = texts @ self.arrays.features.astype(np.float32)
        return hidden / (np.linalg.norm(hidden, axis=1, keepdims=True) + _TINY)

    def vector(self, said: Mapping[int, float]) -> NDArray[np.float32]:
        """One question in the classifier's space."""
        numbers = np.fromiter(said.keys(), np.int64, len(said))
        shares = np.fromiter(said.values(), np.float32, len(said))
        hidden: NDArray[np.float32] = shares @ self.arrays.features[numbers].astype(np.float32)
        return hidden / (np.linalg.norm(hidden) + _TINY)

    def _vote(self, said: Mapping[int, float]) -> dict[str, Any]:
        rare = {number: share * float(self.arrays.rarity[number]) for number, share in said.items()}
        length = sum(share * share for share in rare.values()) ** 0.5 + _TINY
        likeness = self._texts.scores(rare) / length
        most = min(NEIGHBOURS, len(likeness))
        near = np.argpartition(-likeness, most - 1)[:most]
        best = float(likeness[near].max()) if most else 0.0
        votes = (likeness[near] / (best + _TINY)) ** 4 * likeness[near]
        return {"vote": np.bincount(self.arrays.owners[near], votes, len(self.names)), "nearest": best}


def load(folder: Path) -> Learned:
    """What `save` wrote.

    Raises:
        OSError: it cannot be read.
        ValueError, KeyError, BadZipFile: it is of another form, or broken.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("form") != FORM:
        raise ValueError(f"learned in form {manifest.get('form')}, this is {FORM}: learn again")
    with (folder / ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as kept:
        arrays = Arrays(
            bm25=_matrix(kept, "bm25"),
            texts=_matrix(kept, "texts"),
            owners=kept["owners"],
            rarity=kept["rarity"],
            features=kept["features"],
            names=kept["names"].astype(np.float32),
        )
    return Learned(tuple(manifest["names"]), arrays, manifest["weights"])


def found_in(folder: Path) -> Learned | None:
    """As `load`; None when there is nothing or it is broken: then the catalogue's own words have to do."""
    if not (folder / MANIFEST).is_file():
        return None
    try:
        return load(folder)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("learned: unusable (%s), learn again", type(error).__name__)
        return None


def save(folder: Path, made: Learned, about: Mapping[str, Any]) -> None:
    """Write all into `folder`, the manifest last: a folder without it is no learned one."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = made.arrays
    kept: dict[str, Any] = {
        "owners": arrays.owners,
        "rarity": arrays.rarity,
        "features": arrays.features,
        "names": arrays.names.astype(np.float16),
    }
    for name, matrix in (("bm25", arrays.bm25), ("texts", arrays.texts)):
        kept |= {
            f"{name}_values": matrix.data.astype(np.float16),
            f"{name}_rows": matrix.indices.astype(np.int32),
            f"{name}_starts": matrix.indptr.astype(np.int32),
            f"{name}_shape": np.array(matrix.shape),
        }
    (folder / MANIFEST).unlink(missing_ok=True)
    np.savez(folder / ARRAYS, **kept)
    manifest = {"form": FORM, "about": about, "names": list(made.names), "weights": made.weights}
    beside = folder / f"{MANIFEST}.new"
    beside.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(folder / MANIFEST)


def _matrix(kept: Any, name: str) -> sparse.csc_matrix:
    parts = kept[f"{name}_values"], kept[f"{name}_rows"], kept[f"{name}_starts"]
    return sparse.csc_matrix(parts, shape=tuple(kept[f"{name}_shape"]))
