# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the project of a seed into a folder, to look at it.

python -m tools.generate_compose SEED FOLDER [--release 2.40] [--wild] [--services 3]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.generate_compose import OLDEST, drawn, texts, write_into


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--release", default=OLDEST, help="the release whose keys are used")
    parser.add_argument("--wild", action="store_true", help="with something in it that may be wrong")
    parser.add_argument("--services", type=int, default=3)
    options = parser.parse_args(arguments)
    write_into(options.folder, texts(drawn(options.seed, options.services, options.release, options.wild)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
