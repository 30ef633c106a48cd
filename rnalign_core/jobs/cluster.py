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
_local: tuple[subprocess.Popen, str] | None = None
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
    from distributed import Client

    global _client
    with _lock:
        address = os.environ.get(SCHEDULER_VARIABLE) or _local_address()
        if _client is None or _client.status != "running" or _client.scheduler.address != address:
            if _client is not None:
                _client.close()
            try:
                _client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            except (OSError, ValueError) as error:
                fix = "Start the cluster, correct the address, or unset the variable to use this machine."
                what = f"no dask scheduler answers at {address} ({error})"
                raise InputError.single(what, f"environment variable {SCHEDULER_VARIABLE}", fix) from error
        return _client


def _local_address() -> str:
    """Return the address of the local cluster, started if it is not there."""
    global _local
    if _local is None or _local[0].poll() is not None:
        _local = _start_local()
    return _local[1]


def _start_local() -> tuple[subprocess.Popen, str]:
    # Where the package is imported from a checkout, the child must find the same one.
    search_path = [str(Path(rnalign_core.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "rnalign_core.jobs.local_cluster"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, search_path))},
            start_new_session=True,
            text=True,
        )
        address = process.stdout.readline().strip()
        if not address:
            process.kill()
            process.wait()
            errors.seek(0)
            last = errors.read().decode(errors="replace")[-2000:]
            raise RNAlignError(f"the worker processes did not start:\n{last}")
    return process, address


@atexit.register
def close() -> None:
    """Disconnect, and end the local cluster with its workers."""
    global _client, _local
    with _lock:
        if _client is not None:
            _client.close()
            _client = None
        if _local is not None:
            process, _local = _local[0], None
            process.stdin.close()
            try:
                process.wait(CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # its workers notice, and exit
                process.wait()
            process.stdout.close()
