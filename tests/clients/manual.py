"""Reads the manuals in docs/: fenced blocks, tables, and whether a text is what a block shows."""

import json
import re

from somas import ROOT


def read(name):
    return (ROOT / "docs" / name).read_text()


def blocks(name, kind):
    """The texts of the fenced blocks of one kind: ```tool … ```."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", read(name), re.M | re.S)


def table(name, first_heading):
    """The rows, without the head, of the table whose first column has this heading."""
    rows, inside = [], False
    for line in read(name).splitlines():
        cells = (
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if line.startswith("|")
            else None
        )
        if cells and cells[0] == first_heading:
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= set("-: "):
            rows.append([cell.replace("\\|", "|") for cell in cells])
    return rows


def code_words(text):
    """What stands in backticks, outside of fenced blocks."""
    return re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def fits(actual, expected):
    """Whether a text is as shown: * stands for anything in a line, a line of … for any number of lines."""
    lines = [
        r"(?:[^\n]*\n)*?" if line == "…" else re.escape(line).replace(r"\*", "[^\n]*") + "\n"
        for line in expected.splitlines()
    ]
    return re.fullmatch("".join(lines), actual.rstrip("\n") + "\n") is not None


class Call:
    """A ```tool block: a name and its input, `=>` and the status, then the result."""

    def __init__(self, text):
        call, _, result = text.partition("\n=> ")
        self.name, _, arguments = call.partition(" ")
        self.input = json.loads(arguments)
        self.status, _, self.result = result.partition("\n")
