from pathlib import Path

from lanectl.app.schemas import FILES, published, write

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def test_the_published_schemas_are_those_of_the_models_in_use() -> None:
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    assert kept == published(), "run: python -m lanectl.app.schemas docs/schemas"


def test_writing_gives_one_file_for_each_schema(tmp_path: Path) -> None:
    write(tmp_path / "schemas")
    assert {path.stem for path in (tmp_path / "schemas").iterdir()} >= FILES.keys()
