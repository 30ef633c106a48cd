"""``python -m rnalign_core`` is the command ``rnalign``."""

import sys

from rnalign_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
