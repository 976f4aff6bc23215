"""Whole batches: speed, memory and size by number of reports and workers; what is left after ``kill -9``; loky beside Dask.

    python benchmarks/batches.py make FOLDER COUNT            # generated reports, all different, a thousand a folder
    python benchmarks/batches.py scale FOLDER... [-j 1 -j 2]  # a batch of each folder: time, memory, size of the store
    python benchmarks/batches.py kill FOLDER --runs 20        # kill -9 at random moments, resume, compare with an undisturbed run
    python benchmarks/batches.py dask FOLDER                  # two local Dask workers, one killed on the way, beside loky

All figures are of whole commands, from start to exit, as a user runs them.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

GONGKAI = [sys.executable, "-c", "from training.cli import main; main()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, function, arguments in (
        ("make", make, (("folder", {}), ("count", {"type": int}))),
        ("scale", scale, (("folders", {"nargs": "+"}), ("-j", {"dest": "jobs", "type": int, "action": "append"}))),
        ("kill", kill, (("folder", {}), ("--runs", {"type": int, "default": 20}))),
        ("dask", dask, (("folder", {}),)),
    ):
        command = commands.add_parser(name, help=(function.__doc__ or "").split(".")[0])
        for argument, options in arguments:
            command.add_argument(argument, **options)
        command.set_defaults(function=function)
    args = parser.parse_args()
    args.function(args)


def make(args: argparse.Namespace) -> None:
    """Generate reports: a third sound, a third with the habits of agencies, a third damaged."""
    for number in range(args.count):
        file = Path(args.folder) / f"{number // 1000:03d}" / f"{number:06d}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(generated(number))


def generated(number: int) -> bytes:
    """A report of about 3.5 kB; the same for the same number."""
    from training.layouts import DAMAGES, some_damages
    from training.simulate import simulated_report
    from training.sound import CLEAN, sound_sheet
    from training.styles import STYLES

    chance = random.Random(f"batch {number}")
    styles = list(STYLES)
    if number % 3 == 0:
        return STYLES[CLEAN[number // 3 % len(CLEAN)]](sound_sheet(chance), chance).text.encode()
    damages = some_damages(chance, list(DAMAGES)) if number % 3 == 1 else ()
    return simulated_report(80_000_000 + number, styles[number // 3 % len(styles)], damages, 0.3).data


def scale(args: argparse.Namespace) -> None:
    """Run a batch of each folder with each number of workers, then again with nothing changed."""
    print("reports  jobs      s  reports/s  driver MB  worker MB  store kB/report  again s")
    for folder in args.folders:
        for jobs in args.jobs or [2]:
            with tempfile.TemporaryDirectory() as place:
                store = Path(place) / "store.db"
                took, sizes = watched(folder, store, jobs)
                size, count = store.stat().st_size, contents(store)[0]
                again, _ = watched(folder, store, jobs)
            driver, *workers = sizes
            print(
                f"{count:7}  {jobs:4}  {took:5.0f}  {count / took:9.1f}  {driver:9.0f}  {max(workers):9.0f}"
                f"  {size / count / 1000:15.1f}  {again:7.1f}",
                flush=True,
            )


def watched(folder: str, store: Path, jobs: int) -> tuple[float, list[float]]:
    """The time of a batch, and the largest size in MB of its own process and of each other."""
    began = time.perf_counter()
    process = subprocess.Popen(command(folder, store, jobs), stdout=subprocess.DEVNULL)
    largest: dict[int, float] = {process.pid: 0.0}
    while process.poll() is None:
        for pid in (process.pid, *descendants(process.pid)):
            largest[pid] = max(largest.get(pid, 0.0), resident(pid))
        time.sleep(0.2)
    return time.perf_counter() - began, [largest.pop(process.pid), *largest.values(), 0.0]


def command(folder: str, store: Path, jobs: int = 2, *others: str) -> list[str]:
    return [*GONGKAI, "batch", folder, "--store", str(store), "-j", str(jobs), *others]


def descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from descendants(int(child))


def resident(pid: int) -> float:
    """Resident size in MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 0.0)


def contents(store: Path) -> tuple[int, int, str]:
    """How many reports and files a store has, and a checksum of all of them in the order of their bytes."""
    from extractor.store import open_store
    from extractor.store.reports import reports

    digest, count = hashlib.sha256(), 0
    with open_store(str(store), read_only=True) as opened:
        for it in reports(opened, opened.find_reading(None)):
            count += 1
            whole = [it.record.to_dict(), it.part, [file.path for file in it.files]]
            digest.update(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode())
        return count, len(list(opened.files())), digest.hexdigest()


def kill(args: argparse.Namespace) -> None:
    """Kill batches at random moments until they are through, and compare with one left in peace."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole.db"
        began = time.perf_counter()
        subprocess.run(command(args.folder, whole), stdout=subprocess.DEVNULL, check=True)
        took = time.perf_counter() - began
        expected = contents(whole)
        print(f"undisturbed: {expected[0]} reports of {expected[1]} files in {took:.0f} s, {expected[2][:16]}")
        for run in range(args.runs):
            store = Path(place) / f"{run}.db"
            kills = 0
            while killed(command(args.folder, store), chance.uniform(0.02, 0.7) * took):
                kills += 1
            same = contents(store) == expected
            print(f"run {run + 1}: killed {kills} times, {'same' if same else 'DIFFERENT'}", flush=True)
            if not same:
                sys.exit(1)


def killed(whole: list[str], after: float) -> bool:
    """Run a command, and kill it after some seconds; false when it was through before."""
    process = subprocess.Popen(whole, stdout=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    if process.returncode:
        sys.exit(f"exit code {process.returncode}")
    return False


def dask(args: argparse.Namespace) -> None:
    """Time Dask with two local workers beside loky, then kill one worker on the way."""
    with tempfile.TemporaryDirectory() as place, scheduler(Path(place)) as (address, workers):
        stores = {name: Path(place) / f"{name}.db" for name in ("loky", "dask", "killed")}
        took = {}
        for name in ("loky", "dask"):
            others = ("--engine", "dask", "--scheduler", address) if name == "dask" else ()
            began = time.perf_counter()
            subprocess.run(command(args.folder, stores[name], 2, *others), stdout=subprocess.DEVNULL, check=True)
            took[name] = time.perf_counter() - began
        whole = command(args.folder, stores["killed"], 2, "--engine", "dask", "--scheduler", address)
        process = subprocess.Popen(whole, stdout=subprocess.DEVNULL)
        time.sleep(took["dask"] / 2)
        workers[0].send_signal(signal.SIGKILL)
        process.wait()
        found = {name: contents(store) for name, store in stores.items()}
    for name in ("loky", "dask"):
        print(f"{name}: {found[name][0]} reports in {took[name]:.0f} s, {found[name][0] / took[name]:.1f}/s")
    same = len(set(found.values())) == 1
    print(
        f"dask is {took['loky'] / took['dask']:.2f} times as fast; {'same dataset' if same else 'DIFFERENT'}, one killed"
    )


@contextlib.contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """A Dask scheduler with two workers on this machine: its address, and the processes of the workers."""
    file = folder / "scheduler.json"
    dask_command = [str(Path(sys.executable).parent / "dask")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    options = ["--scheduler-file", str(file)]
    started = [
        subprocess.Popen(
            [*dask_command, "scheduler", *options, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"], **quiet
        )
    ]
    while not file.exists():
        time.sleep(0.1)
    for _ in range(2):
        worker = [*dask_command, "worker", *options, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        started.append(subprocess.Popen(worker, **quiet))
    try:
        yield json.loads(file.read_text())["address"], started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    main()
