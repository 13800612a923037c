"""The command `cvinspect`, and `python -m cvinspect`."""

import os

# read when numpy is loaded: in products as small as ours more threads only wait for one another
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from cvinspect.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
