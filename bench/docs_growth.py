"""Whether the cost of a documentation build grows with its size alone: builds a generated library and one ten times as large.

    python bench/docs_growth.py [--program build/release/apps/docs/veneer-docs] [--pages 200] [--rounds 3]

A page has text, code, tables and references, and documents the two classes of a module of its own, which inherit from others.
Prints cold builds, and builds with nothing and with one page changed; each is the fastest of the rounds. TMPDIR=/dev/shm keeps
the file system's moods out of it. Exits with 1 when the larger cold build takes more than eleven times as long.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = 10
MOST = 11.0

MODULE = '''"""What module {i} is for."""

from .base import Base
{imports}

class Part{i}({parent}):
    """
    Part {i} of the library. It does what [`Part{other}`] does, for {i}.

    Args:
        width (`int`, defaults to {i}):
            How wide it is.
        name (`str`, *optional*):
            What it is called. See [`~Part{other}.run`].
    """

    def __init__(self, width: int = {i}, name: str | None = None):
        self.width = width

    def run(self, sample, steps: int = {i}):
        """
        Runs part {i}.

        Args:
            sample (`list`): What it runs on.
            steps (`int`): How often.

        Returns:
            `list`: The sample after {i} steps.

        Example:

        ```py
        >>> Part{i}().run([{i}])
        ```
        """
        return sample

    def configure_{i}(self, option: str = "fast"):
        """Sets the option that only part {i} has."""


class Output{i}(Base):
    """What [`Part{i}.run`] gives back."""
'''

PAGE = """# Part {i}

Part {i} is described here with words of its own: term{i} and notion{i}. See [`Part{other}`], [`~Part{other}.run`] and
[part {other}](part{other}.md#usage).

> [!TIP]
> Part {i} runs best with `steps={i}`.

## Usage

{text}

```python
from library import Part{i}

part = Part{i}(width={i}, name="part")
for sample in part.run([1, 2, 3], steps={i}):
    print(sample)
```

| size | steps | seconds |
|---|---:|---:|
| small | {i} | 0.{i} |
| large | 10 | 1.{i} |

## Part{i}

[[autodoc]] Part{i}
    - all
    - run

## Output{i}

[[autodoc]] Output{i}
"""

TEXT = "A paragraph of plain text tells what the part does, *why* it is there and how `Part{i}` is used with the others.\n"


def write_library(root, pages):
    package, docs = root / "src" / "library", root / "docs" / "source" / "en"
    package.mkdir(parents=True)
    docs.mkdir(parents=True)
    (package / "base.py").write_text('class Base:\n    """What all outputs have in common."""\n')
    exports, toctree = [], []
    for i in range(pages):
        other = (i * 7 + 3) % pages
        inherits = i % 10 != 0
        imports = f"from .part{i - 1} import Part{i - 1}\n" if inherits else ""
        parent = f"Part{i - 1}" if inherits else "Base"
        (package / f"part{i}.py").write_text(MODULE.format(i=i, other=other, imports=imports, parent=parent))
        (docs / f"part{i}.md").write_text(PAGE.format(i=i, other=other, text="\n".join([TEXT.format(i=i)] * 8)))
        exports.append(f"from .part{i} import Output{i}, Part{i}\n")
        if i % 20 == 0:
            toctree.append(f"- title: Parts from {i}\n  sections:\n")
        toctree.append(f"  - local: part{i}\n    title: Part {i}\n")
    (package / "__init__.py").write_text('__version__ = "1.0.dev0"\n' + "".join(exports))
    (docs / "_toctree.yml").write_text("".join(toctree))
    return docs


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(program, folder, pages, rounds):
    docs = write_library(folder / str(pages), pages)
    times = {"cold": [], "nothing changed": [], "one page changed": []}
    for round in range(rounds):
        # A new folder each time: file systems are slow where many files have just been deleted.
        command = [program, "build", "library", docs, "--build-dir", folder / f"site-{pages}-{round}"]
        times["cold"].append(seconds(command))
        times["nothing changed"].append(seconds(command))
        with open(docs / "part1.md", "a") as page:
            page.write(f"\nEdited {round}.\n")
        times["one page changed"].append(seconds(command))
    return {what: min(values) for what, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path("build/release/apps/docs/veneer-docs"))
    parser.add_argument("--pages", type=int, default=200, help="of the smaller library")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        program = os.fspath(arguments.program.resolve())
        small = measure(program, Path(name), arguments.pages, arguments.rounds)
        large = measure(program, Path(name), arguments.pages * TIMES, arguments.rounds)
    print(f"{'':18}{arguments.pages:>7} pages{arguments.pages * TIMES:>7} pages   ratio")
    for what, value in small.items():
        print(f"{what:18}{value:>11.3f} s{large[what]:>11.3f} s{large[what] / value:>8.1f}")
    return 1 if large["cold"] / small["cold"] > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
