"""How an AK rack is found on a port: by its status and its identification, on a serial line or over TCP.

Knows that what begins with an A changes nothing. Does not know ports, time, or which role a rack has.
"""

from functools import partial

from drivers.ak_line import REPLY_TIMEOUT_S
from drivers.probe import Probe, Question, obeys
from protocols.ak import NAMES, Answer, AnswerFramer, Command, Commands, encode_command

BAUDS = (9600, 19200, 4800, 38400)


def _fits(answer: Answer) -> bool | None:
    return None if answer.refusal is not None else True


def _order(command: Command) -> str | None:
    return None if command.code.startswith("A") else NAMES.get(command.code, command.code)


_QUESTIONS = tuple(
    Question(NAMES[code].replace("_", " "), encode_command(Command(code)), partial(AnswerFramer, code), _fits,
             REPLY_TIMEOUT_S)
    for code in ("ASTZ", "AKEN")
)  # fmt: skip
AK_PROBES = (
    Probe(BAUDS, _QUESTIONS, obeys=obeys(Commands, _order)),
    Probe((), _QUESTIONS, obeys=obeys(Commands, _order), over="tcp"),
)
