"""What a worker may be given to do. Functions of a module, so that they can be sent to another process."""

import os
import signal
import subprocess
import time
from pathlib import Path


def double(number):
    return 2 * number


def slow_first(number):
    """The first of several is done last."""
    time.sleep(0.3 if number == 0 else 0.0)
    return number, os.getpid()


def stubborn(number):
    """One that hangs, having started a process that hangs too."""
    if number == 1:
        child = subprocess.Popen(["sleep", "60"])
        Path(os.environ["GONGKAI_TEST_PID"]).write_text(f"{os.getpid()} {child.pid}")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    return number


def dying(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    return number


def greedy(number):
    try:
        return len(bytearray(number))
    except MemoryError:
        return "no memory"


def failing(number):
    raise ValueError(f"no {number}")


def noisy(number):
    print("a library says something")  # must not mix with the answers
    os.write(1, b"and something else")
    return number
