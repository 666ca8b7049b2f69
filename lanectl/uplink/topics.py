"""The topics of one lane: ``lanectl/v1/{region}/{station}/{lane}/…``. Knows names only, no broker."""

import re

from lanectl.model.record import LaneIdentity

PREFIX = "lanectl/v1"
_PART = re.compile(r"[0-9A-Za-z._-]+")


class LaneTopics:
    """The names under which one lane and its bureau find each other on a broker."""

    def __init__(self, lane: LaneIdentity) -> None:
        for part in (lane.region, lane.station, lane.lane):
            if not _PART.fullmatch(part):
                raise ValueError(f"{part!r} cannot be part of a topic: letters, digits, dot, dash and underscore only")
        self.lane = lane.path
        self.state, self.query, self.answer = self.of("state"), self.of("query"), self.of("answer")
        self.receipt, self.command = self.of("receipt"), self.of("command")
        self.client_id = "lane-" + self.lane.replace("/", "-")
        """One for each lane, so that a clone and the lane throw each other out, which the bureau sees."""

    def of(self, last: str) -> str:
        """Return the full topic for its last part, for instance ``record`` or ``camera/front``."""
        return f"{PREFIX}/{self.lane}/{last}"

    @property
    def heard(self) -> tuple[str, ...]:
        """Return the topics that the lane listens to; its own state is among them, to notice a clone."""
        return self.receipt, self.answer, self.command, self.state
