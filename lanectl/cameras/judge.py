"""From figures of pictures and the time they came to the state of a camera. Pure: no clock, no picture, no process.

A state must last before it counts, so that a person walking by or a car's lights make none. The figures below are
this program's own; no rule prescribes them.
"""

from dataclasses import dataclass, replace

from lanectl.model.camera import CameraState

LOST_AFTER_MS = 6_000
"""No picture for this long: offline."""
DARK_BELOW, BRIGHT_FROM = 20.0, 26.0
"""Mean level at which a picture becomes dark, and from which it is not dark any more."""
FLAT_BELOW, SHAPED_FROM = 10.0, 13.0
"""Standard deviation of a picture without shapes: a lens behind cloth, tape or fog."""
EDGES_BELOW, EDGES_FROM = 1.0, 1.3
"""Mean step between neighbours in a picture without outlines."""
STILL_BELOW = 0.05
"""Mean change of a picture that shows the same again; the noise of a living sensor alone is several times that."""
MOVED_BELOW, SETTLED_FROM = 0.25, 0.35
"""Share of the reference that is seen again when the camera looks elsewhere; a car in front hides far less."""
DARK_AFTER_MS = 3_000
COVERED_AFTER_MS = 3_000
FROZEN_AFTER_MS = 5_000
MOVED_AFTER_MS = 6_000


@dataclass(frozen=True, slots=True)
class Look:
    """One picture: when it came and what it showed (figures as in cameras.picture)."""

    at_ms: int
    level: float
    spread: float
    edges: float
    change: float | None = None
    match: float | None = None
    clock_offset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What has to be remembered of all looks so far. Each ``since`` is when that trouble began, None without it."""

    last: Look | None = None
    dark_since: int | None = None
    flat_since: int | None = None
    still_since: int | None = None
    moved_since: int | None = None
    word: CameraState = "offline"
    """What was last certain. A suspicion that has not lasted changes nothing; one look without any means online."""


def see(seen: Seen, look: Look) -> Seen:
    """Take in one more look. After a gap everything begins anew: nobody knows what was shown meanwhile."""
    if seen.last is None or look.at_ms - seen.last.at_ms >= LOST_AFTER_MS:
        seen, look = Seen(), replace(look, change=None)
    before_ms = look.at_ms if seen.last is None else seen.last.at_ms
    dark = look.level < (DARK_BELOW if seen.dark_since is None else BRIGHT_FROM) and look.spread < SHAPED_FROM
    flat = _is_flat(look, seen.flat_since is not None)
    still = look.change is not None and look.change < STILL_BELOW
    moved = look.match is not None and look.match < (MOVED_BELOW if seen.moved_since is None else SETTLED_FROM)
    now = Seen(
        last=look,
        dark_since=_since(seen.dark_since, dark, look.at_ms),
        flat_since=_since(seen.flat_since, flat, look.at_ms),
        still_since=_since(seen.still_since, still, before_ms),
        moved_since=_since(seen.moved_since, moved, look.at_ms),
        word=seen.word,
    )
    clean = look.change is not None and not (dark or flat or still or moved)
    return replace(now, word="online" if clean else _lasting(now, look.at_ms) or seen.word)


def judge(seen: Seen, now_ms: int) -> CameraState:
    """Return the state as of now.

    A stream that breaks and comes back frozen or dark, however often, is never online in between.
    """
    if seen.last is None or now_ms - seen.last.at_ms >= LOST_AFTER_MS:
        return "offline"
    return seen.word


def _lasting(seen: Seen, at_ms: int) -> CameraState | None:
    """Return the trouble that has lasted. A dark or covered picture is still as well; the plainer word goes first."""
    troubles: tuple[tuple[CameraState, int | None, int], ...] = (
        ("dark", seen.dark_since, DARK_AFTER_MS),
        ("covered", seen.flat_since, COVERED_AFTER_MS),
        ("frozen", seen.still_since, FROZEN_AFTER_MS),
        ("moved", seen.moved_since, MOVED_AFTER_MS),
    )
    return next((word for word, since, after in troubles if since is not None and at_ms - since >= after), None)


def _is_flat(look: Look, already: bool) -> bool:
    spread, edges = (SHAPED_FROM, EDGES_FROM) if already else (FLAT_BELOW, EDGES_BELOW)
    return look.spread < spread and look.edges < edges


def _since(since_ms: int | None, holds: bool, at_ms: int) -> int | None:
    if not holds:
        return None
    return at_ms if since_ms is None else since_ms
