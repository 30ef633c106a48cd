"""Lay a map out anew in the background, from where its points are; watch it, call it off.

Seconds long and of no use to anybody but who asked, it leaves nothing on disk: the tasks go to the cluster ahead of
trainings that wait there, and what they return stays in this process.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from rnalign_core.embed import principal_components
from rnalign_core.embed.relay import compile_move, map_neighbours, move
from rnalign_core.jobs import cluster
from rnalign_core.metrics.neighbours import Neighbours

if TYPE_CHECKING:
    from distributed import Client, Future

Stage = Literal["starting", "queued", "comparing", "compiling", "moving", "done", "failed", "cancelled"]

N_COMPONENTS = 100  # of decoded profiles they hold 99.9 % of the variance, and halve the time
N_PARTS = 2
AHEAD = 10  # dask's priority; trainings have 0


@dataclass(frozen=True)
class RelayProgress:
    """How far a layout is.

    Parameters
    ----------
    stage
        ``starting``: worker processes start; ``queued``: all are at work; ``comparing``: neighbours are looked for;
        ``compiling``: a worker's first layout; ``moving``: points move.
    fraction
        Of the usual work, 0..1.
    error
        Why it failed.
    """

    stage: Stage
    fraction: float
    error: str | None = None

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.stage not in ("done", "failed", "cancelled")


class Relay:
    """A layout in the making; it begins when this is made.

    Parameters
    ----------
    profiles
        Rows with the correlations of the profiles, (n_samples, n_coordinates).
    previous
        Where the points are, (n_samples, 2).
    seed
        Seed of the layout.
    """

    def __init__(self, profiles: np.ndarray, previous: np.ndarray, seed: int = 0):
        self.layout: np.ndarray | None = None
        self._topic = f"relay-{uuid.uuid4().hex[:12]}"
        self._error: Exception | None = None
        self._client: Client | None = None
        self._futures: list[Future] = []
        self._cancelled = False
        thread = threading.Thread(target=self._see_through, args=(profiles, previous, seed), name=self._topic)
        thread.daemon = True
        thread.start()

    def cancel(self) -> None:
        """Call it off. What a worker is doing at the moment is finished there and forgotten."""
        self._cancelled = True
        for future in self._futures:
            future.cancel()

    @property
    def progress(self) -> RelayProgress:
        """How far it is."""
        if self._cancelled:
            return RelayProgress("cancelled", 0.0)
        if self._error is not None:
            return RelayProgress("failed", 0.0, f"{type(self._error).__name__}: {self._error}")
        if self.layout is not None:
            return RelayProgress("done", 1.0)
        if not self._futures:
            return RelayProgress("starting", 0.0)
        stages = [stage for _, stage in self._client.get_events(self._topic)]
        if not stages:
            return RelayProgress("queued", 0.1)
        if "moving" in stages:
            return RelayProgress("moving", 0.6)
        compiling = stages.count("compiling") > stages.count("ready")
        fraction = 0.1 + 0.4 * stages.count("compared") / N_PARTS
        return RelayProgress("compiling" if compiling else "comparing", fraction)

    def _see_through(self, profiles: np.ndarray, previous: np.ndarray, seed: int) -> None:
        try:
            unit = profiles - profiles.mean(axis=1, keepdims=True)
            unit /= np.linalg.norm(unit, axis=1, keepdims=True)
            unit = principal_components(unit, N_COMPONENTS).astype(np.float32)
            client = cluster.client()
            bounds = np.linspace(0, len(unit), N_PARTS + 1).astype(int)
            x = client.scatter(unit, hash=False)
            parts = [
                client.submit(
                    _compare,
                    x,
                    slice(int(a), int(b)),
                    self._topic,
                    key=f"{self._topic}-{a}",
                    priority=AHEAD,
                )
                for a, b in pairwise(bounds)
            ]
            last = client.submit(
                _lay_out, previous, parts, seed, self._topic, key=f"{self._topic}-map", priority=AHEAD
            )
            self._client, self._futures = client, [*parts, last]
            if self._cancelled:  # before there was anything to cancel
                self.cancel()
            self.layout = last.result()
        except Exception as error:
            self._error = error
        finally:
            self._futures = []


def _compare(unit: np.ndarray, rows: slice, topic: str) -> Neighbours:
    from distributed import get_worker

    get_worker().log_event(topic, "comparing")
    found = map_neighbours(unit, rows)
    if not compile_move.cache_info().currsize:  # here, so that workers do it at the same time
        get_worker().log_event(topic, "compiling")
        compile_move()
    get_worker().log_event(topic, "ready")
    return found


def _lay_out(previous: np.ndarray, parts: list[Neighbours], seed: int, topic: str) -> np.ndarray:
    from distributed import get_worker

    compile_move()  # where this worker had no part
    get_worker().log_event(topic, "moving")
    together = Neighbours(
        *(np.concatenate(p) for p in zip(*((p.indices, p.distances) for p in parts), strict=True))
    )
    return move(previous, together, seed)
