"""Device errors. The class answers one question: who can act on this."""


class DeviceError(Exception):
    """Something went wrong with a device; carries the device, what was being done, and the evidence."""

    code = "device_error"

    def __init__(self, device: str, doing: str, evidence: str) -> None:
        super().__init__(f"{device}: {doing}: {evidence}")
        self.device = device
        self.doing = doing
        self.evidence = evidence


class PortLostError(DeviceError):
    """The port is gone (cable pulled, adapter reset). The lane reopens it by its stable name."""

    code = "unplugged"


class NoReplyError(DeviceError):
    """Silence. The exchange has already retried; check power and cable."""

    code = "no_reply"


class GarbledReplyError(DeviceError):
    """Bytes arrived that do not decode, or that answer another question. Suspect cable, baud rate or model."""

    code = "garbled_reply"


class RefusedError(DeviceError):
    """The device understood and said no. The procedure decides what that means."""

    code = "refused"


class NotReadyError(DeviceError):
    """Busy, cold, or due for a check. The operator waits or runs the check."""

    code = "not_ready"


class WrongDeviceError(DeviceError):
    """Something answers, but it is not the device that the lane file names. Ports may be swapped."""

    code = "wrong_device"
