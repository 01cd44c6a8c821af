"""The Dockerfile as instructions, each with its stage; enough of the format for ours."""

import json
import re
from dataclasses import dataclass

from tests.deploy.servers import ROOT


@dataclass(frozen=True)
class Instruction:
    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its words, or the strings of its JSON form (that of a HEALTHCHECK follows its CMD)."""
        start = self.text.find("[")
        return json.loads(self.text[start:]) if start >= 0 else self.text.split()


def instructions() -> list[Instruction]:
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found: list[Instruction] = []
    stage = -1
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            stage += name == "FROM"
            found.append(Instruction(stage, name, rest.strip()))
    return found


def of(name: str) -> list[Instruction]:
    return [one for one in instructions() if one.name == name]


def environment(stage: int) -> dict[str, str]:
    pairs = [word for one in of("ENV") if one.stage == stage for word in one.text.split()]
    return dict(pair.split("=", 1) for pair in pairs)


def copied() -> list[str]:
    """What is taken from the checkout, into whichever stage."""
    taken = [one.words for one in of("COPY") if not one.text.startswith("--from=")]
    return [source for words in taken for source in words[:-1]]
