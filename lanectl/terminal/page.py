"""The built page as files, or a plain page that says how to build it."""

import hashlib
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response

from lanectl.model.words.screen import NOT_BUILT

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"

PLAIN_PAGE = f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>lanectl</title></head>
<body><h1>lanectl</h1><p>{NOT_BUILT.zh}</p><p lang="en">{NOT_BUILT.en}</p></body></html>
"""


class Page:
    """The files that the page consists of. Looked at anew each time, so a fresh build needs no restart."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder

    def version(self) -> str:
        """Return a short digest of the page's entry, which names all its files by their content."""
        index = self._folder / "index.html"
        return hashlib.sha256(index.read_bytes()).hexdigest()[:12] if index.is_file() else ""

    def index(self) -> Response:
        """Return the page, or the plain one that stands in for it."""
        index = self._folder / "index.html"
        if not index.is_file():
            return HTMLResponse(PLAIN_PAGE, 503)
        return FileResponse(index, headers={"Cache-Control": "no-store"})

    def asset(self, name: str) -> Response | None:
        """Return one of the page's files; their names change with their content."""
        assets = (self._folder / "assets").resolve()
        path = (assets / name).resolve()
        if not path.is_relative_to(assets) or not path.is_file():
            return None
        return FileResponse(path, headers={"Cache-Control": FOR_EVER})
