"""The benchmark runs: it stands outside the packages, where no other test would see it break."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "throughput.py"


def test_its_simulated_reports_are_read():
    code = (
        f"import runpy; script = runpy.run_path({str(SCRIPT)!r}); "
        "from extractor import extract; "
        "print(sum(len(extract(data).cells) > 0 for data in script['simulated'](14)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 14
