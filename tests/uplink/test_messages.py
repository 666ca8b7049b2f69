"""The messages as documented: every one has a schema, and AsyncAPI names every one and nothing that is not there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lanectl.uplink.messages import MESSAGES
from lanectl.uplink.topics import LaneTopics

DOCS = Path(__file__).parents[2] / "docs"


def test_asyncapi_points_at_the_schema_of_every_message() -> None:
    named = re.findall(r"\./schemas/([a-z-]+)\.json", (DOCS / "asyncapi.yaml").read_text("utf-8"))
    assert sorted(named) == sorted(MESSAGES)
    for name in named:
        assert json.loads((DOCS / "schemas" / f"{name}.json").read_text("utf-8"))["title"]


def test_asyncapi_names_the_topics_that_the_lane_uses(say: Any) -> None:
    text = (DOCS / "asyncapi.yaml").read_text("utf-8")
    topics = LaneTopics(say.identity)
    for topic in (topics.state, topics.query, *topics.heard, *map(topics.of, ("record", "trace", "event"))):
        assert f"lanectl/v1/{{region}}/{{station}}/{{lane}}/{topic.rsplit('/', 1)[1]}\n" in text


@pytest.mark.parametrize("part", ["", "01/02", "+", "#", "车道"])
def test_a_lane_name_that_breaks_topics_is_refused(say: Any, part: str) -> None:
    identity = type(say.identity)("440106", "44010625", part, "training")
    with pytest.raises(ValueError, match="cannot be part of a topic"):
        LaneTopics(identity)
