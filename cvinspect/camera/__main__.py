"""`python -m cvinspect.camera SCHEME`: the cameras that answer, as JSON; in a process of its own for `seen_cameras`."""

import json
import sys

from cvinspect.camera import SEEN
from cvinspect.errors import StationError

if __name__ == "__main__":
    try:
        print(json.dumps({"cameras": [[one.address, one.about] for one in SEEN[sys.argv[1]]()]}))
    except StationError as bad:
        print(json.dumps({"why": str(bad)}))
