import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Folder of inputs with the values of reference implementations, named by RNALIGN_ORACLES."""
    if "RNALIGN_ORACLES" not in os.environ:
        pytest.skip("set RNALIGN_ORACLES to the folder of reference values to compare with all of them")
    return Path(os.environ["RNALIGN_ORACLES"])
