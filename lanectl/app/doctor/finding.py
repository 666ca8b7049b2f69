"""What a check of the doctor finds."""

from dataclasses import dataclass

from lanectl.model.words.doctor import ADVICE, State
from lanectl.model.words.text import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it stands, and what to do where it does not stand well."""

    name: str
    state: State
    code: str
    message: Text
    remedy: Text

    def as_json(self) -> dict[str, str]:
        """Return the keys of the contract, in English, with code and Chinese words beside them."""
        said = {"name": self.name, "state": self.state, "message": self.message.en, "remedy": self.remedy.en}
        return {**said, "code": self.code, "message_zh": self.message.zh, "remedy_zh": self.remedy.zh}


def found(name: str, code: str, **facts: object) -> Finding:
    """Say what was found. A fact that is itself a Text goes into each language in its own words."""
    advice = ADVICE[code]
    zh = {key: fact.zh if isinstance(fact, Text) else fact for key, fact in facts.items()}
    en = {key: fact.en if isinstance(fact, Text) else fact for key, fact in facts.items()}
    return Finding(
        name,
        advice.state,
        code,
        Text(advice.message.zh.format(**zh), advice.message.en.format(**en)),
        Text(advice.remedy.zh.format(**zh), advice.remedy.en.format(**en)),
    )
