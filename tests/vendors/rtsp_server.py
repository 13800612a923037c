"""An RTSP stream on this machine: `/usr/bin/python3 rtsp_server.py PORT`. Needs GStreamer's RTSP server and PyGObject.

Shows a ball that moves, so that no two pictures are alike. Prints "ready" when it can be opened.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PIPELINE = (
    "( videotestsrc pattern=ball is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 "
    "! jpegenc ! rtpjpegpay name=pay0 )"
)

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(PIPELINE)
factory.set_shared(True)
server.get_mount_points().add_factory("/part", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
