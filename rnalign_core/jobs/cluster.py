"""The dask cluster that trains: this machine's cores by default, a lab's cluster where one is named.

The local cluster is a child process, :mod:`rnalign_core.jobs.local_cluster`. It lives as long as its standard
input is open, so it ends with this process however this process ends; a Ctrl-C meant for this process does not
reach it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import rnalign_core
from rnalign_core.problems import InputError, RNAlignError

if TYPE_CHECKING:
    from distributed import Client

SCHEDULER_VARIABLE = "RNALIGN_SCHEDULER"
CONNECT_SECONDS = 15
CLOSE_SECONDS = 10

_lock = threading.Lock()
_process: subprocess.Popen | None = None
_client: Client | None = None


def is_local() -> bool:
    """Whether training runs on this process's own workers rather than on a cluster that somebody keeps."""
    return not os.environ.get(SCHEDULER_VARIABLE)


def client() -> Client:
    """Return this process's connection to the cluster; start or find the cluster on first need.

    The environment variable ``RNALIGN_SCHEDULER`` names the scheduler of a cluster whose workers have RNAlign
    and see the same files under the same paths. Without it, one worker process a usable core is started here.

    Raises
    ------
    InputError
        If no scheduler answers at the address in ``RNALIGN_SCHEDULER``.
    RNAlignError
        If the local cluster does not start.
    """
    global _client
    with _lock:
        if _client is not None and not _serves(_client):
            _close()
        if _client is None:
            _client = _connect(_start()) if is_local() else _connect_to_lab(os.environ[SCHEDULER_VARIABLE])
        return _client


def _serves(client: Client) -> bool:
    """Whether the cluster is still there, and, if it is the local one, has workers."""
    try:
        return client.status == "running" and bool(not is_local() or client.nthreads())
    except OSError:
        return False


def _connect(address: str) -> Client:
    from distributed import Client

    return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)


def _connect_to_lab(address: str) -> Client:
    try:
        return _connect(address)
    except (OSError, ValueError) as error:
        what = f"no dask scheduler answers at {address} ({error})"
        fix = "Start the cluster, correct the address, or unset the variable to use this machine."
        raise InputError.single(what, f"environment variable {SCHEDULER_VARIABLE}", fix) from error


def _start() -> str:
    """Start the local cluster and return its scheduler's address."""
    global _process
    # Where the package is imported from a checkout, the child must find the same one.
    search_path = [str(Path(rnalign_core.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    with tempfile.TemporaryFile() as errors:
        _process = subprocess.Popen(
            [sys.executable, "-m", "rnalign_core.jobs.local_cluster"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, search_path))},
            start_new_session=True,
            text=True,
        )
        address = _process.stdout.readline().strip()
        if not address:
            _close()
            errors.seek(0)
            last = errors.read().decode(errors="replace")[-2000:]
            raise RNAlignError(f"the worker processes did not start:\n{last}")
    return address


@atexit.register
def close() -> None:
    """Disconnect, and end the local cluster with its workers."""
    with _lock:
        _close()


def _close() -> None:
    global _client, _process
    if _client is not None:
        _client.close()
        _client = None
    if _process is not None:
        with _process:  # closes its standard input, on which it ends
            try:
                _process.communicate(timeout=CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                _process.kill()  # its workers notice, and exit
        _process = None
