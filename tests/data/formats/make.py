"""Make the fixtures of this folder: ``python tests/data/formats/make.py [format…]``. Needs soffice and WenQuanYi Zen Hei.

They are one invented report, the sample of the 2021 form, in the formats that a test can't print by itself.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers_formats import FIXTURES, SEEDS, fixture, render  # noqa: E402
from helpers_grid import sample_report  # noqa: E402

MOST = 300_000  # bytes


def main() -> None:
    """Write the files, and refuse those that are too large to keep."""
    report = sample_report(SEEDS["2021"])
    for form in sys.argv[1:] or FIXTURES:
        data = render(report, form, SEEDS["2021"])
        print(f"{fixture(form).name}\t{len(data):,}")
        if len(data) > MOST:
            raise SystemExit(f"{form}: more than {MOST:,} bytes")
        fixture(form).write_bytes(data)


if __name__ == "__main__":
    main()
