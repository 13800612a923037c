"""Every exception that cvinspect raises on purpose.

    CvinspectError
    ├── ConfigurationError   a file or option that the user can mend: where, what stood there, what is allowed
    │   ├── RecipeError
    │   ├── LimitsError
    │   ├── AgreementsError
    │   ├── CalibrationError
    │   ├── LearnedError
    │   ├── ArchiveError     an archive that cannot be opened, read or written; nothing is acknowledged after it
    │   └── StationError     a camera, an output or a station file that cannot be used
    ├── PictureError         one picture cannot be read or does not fit: that part is INVALID, the rest go on
    │   └── CameraError      a camera gave no frame, or none that a part may be judged by
    └── JudgeInputError      blobs, faces or sizes that no verdict can stand on

The command line turns ConfigurationError and JudgeInputError into exit code 2; `pipeline.run` turns PictureError and
JudgeInputError into INVALID. A message says where, what stood there, what is allowed and what to do.
"""

from typing import Any


class CvinspectError(Exception):
    """Root of the tree; the message is meant for the user."""


class ConfigurationError(CvinspectError):
    """A file or an option that the user can mend."""


class RecipeError(ConfigurationError):
    """A recipe that cannot be used."""


class LimitsError(ConfigurationError):
    """A limit table that cannot be used."""


class AgreementsError(ConfigurationError):
    """An agreements file that cannot be used."""


class CalibrationError(ConfigurationError):
    """A calibration that cannot be used."""


class LearnedError(ConfigurationError):
    """Good pictures that nothing can be learnt from, or a learned file that cannot be used."""


class ArchiveError(ConfigurationError):
    """An archive that cannot be opened, read or written; what it raised at was not recorded."""


class StationError(ConfigurationError):
    """A camera, an output or a station file that cannot be used."""


class PictureError(CvinspectError):
    """A picture that is refused; `code` is the reason's code in the catalogue, `values` what its sentence needs."""

    def __init__(self, message: str, code: str = "picture_unreadable", **values: Any) -> None:
        super().__init__(message)
        self.code = code
        self.values = values


class CameraError(PictureError):
    """No frame came, or one that no part may be judged by; `code` is one of `camera.CAMERA_CODES`."""


class JudgeInputError(CvinspectError):
    """Blobs, faces or sizes that no verdict can stand on."""
