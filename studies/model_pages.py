"""Write docs/model/: a page for each mechanism file, made from the file, and an index.

python -m studies.model_pages
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.knowledge.mechanism import Block, Mechanism, Parameter, Species
from rheostat.knowledge.reference import Reference

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "model"


def pages(atlas: Atlas) -> dict[str, str]:
    """Text of every page by file name."""
    names = {block.file: f"{Path(block.file).stem}.md" for block in atlas.mechanisms.blocks}
    made = {names[block.file]: _page(atlas, block) for block in atlas.mechanisms.blocks}
    made["index.md"] = _index(atlas, names)
    return made


def main() -> None:
    """Write the pages and take away those whose file is gone."""
    made = pages(load_atlas())
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(made)} pages in {FOLDER.name}")


def _index(atlas: Atlas, names: dict[str, str]) -> str:
    shown = atlas.mechanisms
    reactions = len(atlas.network.reactions)
    lines = [
        "# The model, block by block",
        "",
        "Made from the mechanism files by `python -m studies.model_pages`.",
        f"{len(shown.blocks)} blocks, {len(shown.mechanisms)} mechanisms, {len(shown.species)} species,"
        f" {reactions} reactions, {len(shown.parameters)} parameters.",
        "",
        "| block | what it does | species | mechanisms | parameters |",
        "|---|---|---|---|---|",
    ]
    for block in sorted(shown.blocks, key=lambda one: one.title):
        species, mechanisms = _species(atlas, block), _mechanisms(atlas, block)
        parameters = sum(len(one.parameters) for one in mechanisms)
        cells = [
            f"[{block.title}]({names[block.file]})",
            block.says,
            len(species),
            len(mechanisms),
            parameters,
        ]
        lines.append(_row(cells))
    return _text(lines)


def _page(atlas: Atlas, block: Block) -> str:
    lines = [f"# {block.title}", "", block.says, "", "```text", block.drawing.rstrip("\n"), "```", ""]
    species = _species(atlas, block)
    if species:
        lines += [
            "## Species",
            "",
            "| species | agent | state | kilocopy a cell at the start | source | grade |",
        ]
        lines += ["|---|---|---|---|---|---|", *map(_species_row, species), ""]
    lines += ["## Mechanisms", ""]
    used: dict[str, None] = dict.fromkeys(block.references)
    for mechanism in _mechanisms(atlas, block):
        lines += _mechanism(mechanism)
        for key in _keys(mechanism):
            used.setdefault(key)
    if block.leaves_out:
        lines += ["## What it leaves out", "", *(f"- {one}" for one in block.leaves_out), ""]
    found = [atlas.references[key] for key in used if key in atlas.references]
    lines += ["## References", "", *map(_reference, sorted(found, key=lambda one: one.key)), ""]
    return _text(lines)


def _mechanism(mechanism: Mechanism) -> list[str]:
    lines = [f"### {mechanism.id}", "", f"{mechanism.says}.", ""]
    if mechanism.serves:
        lines += [f"Serves {', '.join(mechanism.serves)}.", ""]
    for evidence in mechanism.evidence:
        where = ", ".join(part for part in (evidence.system, evidence.assay.replace("_", " ")) if part)
        lines.append(f"- {', '.join(evidence.source)}: {evidence.finding}{f' ({where})' if where else ''}")
    formulas = [*mechanism.expressions.strip().splitlines(), *mechanism.reactions.strip().splitlines()]
    if formulas:
        lines += ["", "```text", *(line.strip() for line in formulas), "```"]
    if mechanism.parameters:
        lines += ["", "| parameter | value | unit | 95 % within a factor | source | grade | note |"]
        lines += ["|---|---|---|---|---|---|---|", *map(_parameter_row, mechanism.parameters)]
    return [*lines, ""]


def _species_row(one: Species) -> str:
    initial = f"{one.initial:g}" if one.initial > 0 else ""
    agent = one.agent.replace("|", "\\|")
    return _row([f"`{one.id}`", agent, one.state or "", initial, ", ".join(one.source), one.grade or ""])


def _parameter_row(one: Parameter) -> str:
    spread = f"{one.spread:g}" if one.spread > 1 else "fixed"
    return _row(
        [f"`{one.id}`", f"{one.value:g}", one.unit, spread, ", ".join(one.source), one.grade, one.note]
    )


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell).strip() for cell in cells)} |"


def _reference(one: Reference) -> str:
    links = [f"[{one.doi}](https://doi.org/{one.doi})"] if one.doi else []
    links += [f"PMID {one.pmid}"] if one.pmid else []
    return f"- **{one.key}** {one.first_author} {one.year}, {one.where}" + "".join(
        f"; {link}" for link in links
    )


def _keys(mechanism: Mechanism) -> Iterable[str]:
    yield from (key for one in mechanism.evidence for key in one.source)
    yield from (key for one in mechanism.parameters for key in one.source)


def _species(atlas: Atlas, block: Block) -> list[Species]:
    return [one for one in atlas.mechanisms.species if one.place.file == block.file]


def _mechanisms(atlas: Atlas, block: Block) -> list[Mechanism]:
    return [one for one in atlas.mechanisms.mechanisms if one.file == block.file]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    main()
