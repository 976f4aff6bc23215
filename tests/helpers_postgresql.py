"""A PostgreSQL server of our own on loopback, for as long as the tests need it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

DEBIAN = "/usr/lib/postgresql"


def binaries():
    """The folder with ``initdb`` and ``postgres``, or None."""
    found = [Path(path).parent for path in [shutil.which("postgres")] if path]
    found += sorted(Path(DEBIAN).glob("*/bin"), reverse=True)
    return next((place for place in found if (place / "initdb").exists() and (place / "postgres").exists()), None)


def somebody():
    """Who may run the server: it refuses root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and there is no other user")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server():
    """The URL of a server, without a database's name. Skips where there is none to start."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    place = binaries()
    if place is None:
        pytest.skip("PostgreSQL is not installed")
    who = somebody()
    folder = Path(tempfile.mkdtemp(prefix="gongkai-pg-", dir="/tmp"))
    if who:
        os.chown(folder, who["user"], who["group"])
    data, port = folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **who}
    try:
        made = [str(place / "initdb"), "-D", str(data), "-U", "gongkai", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*made, "--locale=C"], check=True, **quiet)
        options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        process = subprocess.Popen([str(place / "postgres"), "-D", str(data), *options], **quiet)
        try:
            wait_for(port, process)
            yield f"postgresql://gongkai@127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port, process):
    import time

    import psycopg

    for _ in range(200):
        if process.poll() is not None:
            pytest.skip("PostgreSQL can't be started here")
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="gongkai", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("PostgreSQL does not answer")


def new_database(url, name):
    """A new, empty database of a server."""
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{url}/{name}"
