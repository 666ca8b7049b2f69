"""What is wrong with a frame, by name.

Knows the ways in which bytes fail to be a frame. Does not know devices, ports, or who can repair what.
"""


class FrameError(ValueError):
    """Bytes that are no frame of the protocol asked for. The subclasses say why."""


class ChecksumError(FrameError):
    """The frame has the right shape, but its checksum does not close."""


class FrameLengthError(FrameError):
    """Too few or too many bytes for what the frame says it is."""


class UnknownFrameError(FrameError):
    """A code, state or text that the protocol does not have."""


class SequenceError(FrameError):
    """A part of a longer message came out of order, or without its beginning."""


class ValueRangeError(FrameError):
    """A number that the field cannot carry (when encoding) or that no device can mean (when decoding)."""
