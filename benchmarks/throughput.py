"""How many text reports a second one core reads, all stages, warm; what jieba alone costs on the same bytes; memory.

    python benchmarks/throughput.py [REPORT_OR_FOLDER...] [--rounds 15] [--memory 10000]

Without arguments it reads ``annotations/samples``. Rounds of gongkai and of jieba alternate, so that both meet the same
noise; the best round of each is the figure least disturbed by other work on the machine. The memory part reads that many
different simulated reports in one process and prints its resident size on the way: after the caches have filled it is flat.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

SAMPLES = Path(__file__).parent.parent / "annotations" / "samples"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=[str(SAMPLES)], help="reports or folders of reports")
    parser.add_argument("--rounds", type=int, default=15, help="timed rounds")
    parser.add_argument(
        "--memory", type=int, default=10_000, help="simulated reports to read for the memory part; 0: none"
    )
    args = parser.parse_args()
    texts = readable(args.paths)
    if not texts:
        sys.exit(f"no readable text report in {' '.join(args.paths)}")
    speed(texts, args.rounds)
    if args.memory:
        memory(args.memory)


def readable(paths: list[str]) -> dict[str, bytes]:
    """The reports among the files, with their bytes."""
    from extractor.batch import Options, extract_file, find_files

    found = [path for path in find_files(paths) if extract_file(path, Options())[0].status != "failed"]
    return {path: Path(path).read_bytes() for path in found}


def speed(reports: dict[str, bytes], rounds: int) -> None:
    """Time gongkai and jieba alone on the same reports, in turn."""
    import jieba

    from extractor import extract
    from extractor.readers.encoding import decode

    jieba.setLogLevel("ERROR")
    texts = [decode(data)[0] for data in reports.values()]

    def read_all() -> None:
        for name, data in reports.items():
            json.dumps(extract(data, name).to_dict(), ensure_ascii=False)

    def jieba_all() -> None:
        for text in texts:
            jieba.lcut(text)

    read_all()
    jieba_all()
    took, jieba_took = zip(*((timed(read_all), timed(jieba_all)) for _ in range(rounds)), strict=True)
    count, size = len(reports), sum(map(len, reports.values()))
    print(f"reports          {count}, {size / count / 1000:.1f} kB on average")
    for name, times in (("gongkai", took), ("jieba alone", jieba_took)):
        best, middle = min(times) / count, statistics.median(times) / count
        print(f"{name:16} {1 / best:6.0f} reports/s best, {1 / middle:.0f} median ({best * 1000:.2f} ms a report)")
    ratios = sorted(own / other for own, other in zip(took, jieba_took, strict=True))
    print(
        f"ratio to jieba   {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f} over {rounds} rounds)"
    )


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory(count: int) -> None:
    """Read different reports and watch the size of the process."""
    from extractor import extract

    start = time.perf_counter()
    reading = 0.0
    for number, data in enumerate(simulated(count), start=1):
        began = time.perf_counter()
        extract(data, f"simulated-{number}")
        reading += time.perf_counter() - began
        if number % max(1, count // 5) == 0:
            print(f"memory           {resident():5.0f} MB after {number} simulated reports ({number / reading:.0f}/s)")
    print(f"                 {time.perf_counter() - start:.0f} s with the time to simulate them")


def simulated(count: int) -> Iterator[bytes]:
    from training.layouts import DAMAGES, some_damages
    from training.simulate import simulated_report
    from training.styles import STYLES

    styles = list(STYLES)
    for seed in range(count):
        damages = some_damages(Random(f"benchmark {seed}"), list(DAMAGES))
        yield simulated_report(60_000_000 + seed, styles[seed % len(styles)], damages, 0.3).data


def resident() -> float:
    """Resident size of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
