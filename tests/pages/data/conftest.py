"""What the Data page leads to and starts, noted in place of done."""

import pytest

from rnalign_core.ui import cohort_form, data_cohorts, data_fetch


@pytest.fixture
def went(monkeypatch):
    """Pages that the user was led to."""
    pages = []
    for module in (cohort_form, data_cohorts, data_fetch):
        monkeypatch.setattr(module, "go_to", pages.append)
    return pages


@pytest.fixture
def started(monkeypatch):
    """What the page started; none of it is done."""
    calls = []
    monkeypatch.setattr("rnalign_core.jobs.start", calls.append)
    monkeypatch.setattr(
        "rnalign_core.jobs.start_fetch", lambda source, **options: calls.append((source, options))
    )
    return calls
