"""A camera stream that is not ours: Debian's GStreamer RTSP server, run by the system's Python beside these tests.

Prints the port it serves. Each line on stdin is done at once: ``show PATTERN`` (a videotestsrc pattern) or ``end``.
"""

import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

LAUNCH = (
    "( videotestsrc name=scene is-live=true pattern={pattern} ! video/x-raw,width=640,height=360,framerate=15/1 "
    '! clockoverlay halignment=left valignment=top time-format="%H:%M:%S" font-desc="Sans 24" ! videoconvert '
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=800 "
    "! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


class Served:
    """One shared stream whose picture can be changed while it is watched."""

    def __init__(self) -> None:
        self.pattern = "smpte"
        self.scenes: list[Any] = []

    def configured(self, _factory: object, media: Any) -> None:
        scene = media.get_element().get_by_name("scene")
        scene.set_property("pattern", self.pattern)
        self.scenes.append(scene)

    def show(self, pattern: str) -> bool:
        self.pattern = pattern
        for scene in self.scenes:
            scene.set_property("pattern", pattern)
        return False


def obey(served: Served, loop: Any) -> None:
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["show"]:
            GLib.idle_add(served.show, words[1])
        elif words == ["end"]:
            break
    GLib.idle_add(loop.quit)


def main() -> None:
    Gst.init(None)
    served, loop = Served(), GLib.MainLoop()
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(LAUNCH.format(pattern=served.pattern))
    factory.set_shared(True)
    factory.connect("media-configure", served.configured)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    server.get_mount_points().add_factory("/hall", factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    threading.Thread(target=obey, args=(served, loop), daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
