"""docs/model/ is what the mechanism files say."""

from studies.model_pages import FOLDER, pages

from rheostat.atlas.load import load_atlas


def test_pages_are_made_from_the_mechanism_files() -> None:
    made = pages(load_atlas())
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in made.keys() | found.keys() if made.get(name) != found.get(name))
    assert stale == [], "run python -m studies.model_pages"
