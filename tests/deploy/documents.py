"""The commands of docs/operations.md, as a reader would copy them."""

import re

from tests.deploy.servers import ROOT


def commands(section: str) -> list[str]:
    """The shell blocks of a section."""
    text = (ROOT / "docs" / "operations.md").read_text()
    body = text.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```sh\n(.*?)^```$", body, re.DOTALL | re.MULTILINE)
