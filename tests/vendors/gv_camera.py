"""A GigE Vision camera on this machine that shows the pictures of a folder: `python gv_camera.py FOLDER IP SERIAL`.

Aravis' own fake camera speaks the protocol; what it shows is filled in here, scaled by the exposure over 10 ms. Needs
libaravis 0.8 and PyGObject. Prints "ready" when it can be opened.
"""

import ctypes
import sys
import time
from pathlib import Path

import numpy as np

from cvinspect.pictures import gray8, list_pictures, read_picture

POINTER = ctypes.c_void_p
FILL = ctypes.CFUNCTYPE(None, POINTER, POINTER, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32)


def serve(folder, address, serial):
    import gi

    gi.require_version("Aravis", "0.8")
    from gi.repository import Aravis

    camera = Aravis.GvFakeCamera.new(address, serial)
    library = ctypes.CDLL("libaravis-0.8.so.0")
    for name in ("arv_buffer_get_data", "arv_gv_fake_camera_get_fake_camera"):
        getattr(library, name).restype = POINTER
    library.arv_buffer_get_data.argtypes = [POINTER, ctypes.POINTER(ctypes.c_size_t)]
    for name in ("get_image_width", "get_image_height"):
        getattr(library, f"arv_buffer_{name}").argtypes = [POINTER]
    library.arv_gv_fake_camera_get_fake_camera.argtypes = [POINTER]
    library.arv_fake_camera_set_fill_pattern.argtypes = [POINTER, FILL, POINTER]
    pictures = [gray8(read_picture(path).pixels) for path in list_pictures(Path(folder))]
    count = 0

    def fill(buffer, _data, exposure_us, _gain, _format):
        nonlocal count
        size = ctypes.c_size_t()
        start = library.arv_buffer_get_data(buffer, ctypes.byref(size))
        width, height = library.arv_buffer_get_image_width(buffer), library.arv_buffer_get_image_height(buffer)
        into = np.ctypeslib.as_array(ctypes.cast(start, ctypes.POINTER(ctypes.c_uint8)), shape=(width * height,))
        shown = pictures[count % len(pictures)][:height, :width]
        view = into.reshape(height, width)
        view[:] = 0
        view[: shown.shape[0], : shown.shape[1]] = np.clip(shown * (exposure_us / 10_000), 0, 255)
        count += 1

    keep = FILL(fill)
    own = library.arv_gv_fake_camera_get_fake_camera(hash(camera) & (2**64 - 1))
    library.arv_fake_camera_set_fill_pattern(own, keep, None)
    print("ready", flush=True)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    serve(*sys.argv[1:4])
