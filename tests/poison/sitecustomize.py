"""On the path of a batch under test: makes reading of marked bytes do what hostile files do to the libraries that read them."""

import ctypes
import os
import re
import signal
import time

import extractor.batch

_content = extractor.batch._content
_MARK = b"POISON "


def loop():
    while True:
        pass


def loop_in_c():
    re.match(r"(a+)+$", "a" * 64 + "b")  # lets nobody else do anything


def eat_memory():
    eaten = []
    while True:
        eaten.append(bytearray(10_000_000))


def eat_memory_in_c():
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while place := libc.malloc(ctypes.c_size_t(10_000_000)):
        ctypes.memset(place, 1, 10_000_000)
    os.abort()


def crash():
    ctypes.string_at(0)


def leave():
    os._exit(0)


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def recurse():
    recurse()


def fail():
    raise ZeroDivisionError("a defect")


def crash_once():
    """The first time only, as when something else on the machine took the memory."""
    from pathlib import Path

    mark = Path(os.environ["GONGKAI_TEST_ONCE"])
    if not mark.exists():
        mark.touch()
        crash()


def slow():
    time.sleep(0.2)


KINDS = {
    function.__name__: function
    for function in (
        loop, loop_in_c, eat_memory, eat_memory_in_c, crash, leave, be_killed, recurse, fail, crash_once, slow,
    )
}  # fmt: skip


def poisoned(path, options, given):
    data = _content(path, options, given)
    if data.startswith(_MARK):
        name, _, rest = data.removeprefix(_MARK).partition(b"\n")
        KINDS[name.split()[0].decode()]()
        return rest
    return data


extractor.batch._content = poisoned
