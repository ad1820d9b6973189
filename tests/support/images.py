"""Reads the Dockerfile: its stages, and in each the instructions in their order."""

import dataclasses
import json
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Instruction:
    """One instruction: `COPY`, its options without dashes, and the rest of its line."""

    name: str
    options: dict[str, str]
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest as words; JSON form or shell form."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)


@dataclasses.dataclass(frozen=True)
class Stage:
    """One FROM with what follows."""

    name: str
    base: str
    steps: list[Instruction]

    def all(self, name: str) -> list[Instruction]:
        return [step for step in self.steps if step.name == name]

    def environment(self) -> dict[str, str]:
        return dict(word.split("=", 1) for step in self.all("ENV") for word in step.words)


def _instruction(line: str) -> Instruction:
    name, _, rest = line.partition(" ")
    options: dict[str, str] = {}
    while found := re.match(r"\s*--([a-z-]+)=(\S+)\s+", rest):
        options[found[1]] = found[2]
        rest = rest[found.end() :]
    return Instruction(name.upper(), options, rest.strip())


def stages(file: Path = ROOT / "Dockerfile") -> dict[str, Stage]:
    """The stages by name, in their order; each base is resolved to the ARG's default."""
    lines = [line for line in file.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines)).splitlines()
    given: dict[str, str] = {}
    found: dict[str, Stage] = {}
    current: Stage | None = None
    for step in map(_instruction, joined):
        if step.name == "FROM":
            base, _, name = step.words
            resolved = re.sub(r"\$\{(\w+)\}", lambda match: given[match[1]], base)
            current = found[name] = Stage(name, resolved, [])
        elif current is None:
            name, _, value = step.rest.partition("=")
            given[name] = value
        else:
            current.steps.append(step)
    return found


def lineage(name: str) -> list[Stage]:
    """A stage with those it is built on, the base first."""
    every = stages()
    line = [every[name]]
    while line[0].base in every:
        line.insert(0, every[line[0].base])
    return line
