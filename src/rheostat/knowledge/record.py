"""Checking of plain data against a form, with every problem at its line."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from rheostat.knowledge.document import Document, Row, Step, resolve_scalar
from rheostat.vocabulary.error import Issue
from rheostat.vocabulary.name import did_you_mean, nearest


class Form(BaseModel):
    """What a file may say: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenForm(BaseModel):
    """What a file may say: unknown keys are kept and ignored."""

    model_config = ConfigDict(extra="allow", frozen=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _table(value: Any) -> Any:
    # `environment:` with nothing after it is read as null; people mean "none".
    return {} if value is None else value


def _list(value: Any) -> Any:
    return [] if value is None else value


Text = Annotated[str, Strict(), Field(min_length=1)]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
NotNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Spread = Annotated[Number, Field(ge=1)]
Whole = Annotated[int, Strict()]
Grade = Literal["A", "B", "C"]
#: One text or a list of texts, kept as a tuple.
Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
EmptyAsTable = BeforeValidator(_table)
EmptyAsList = BeforeValidator(_list)

_F = TypeVar("_F", bound=BaseModel)


def check(form: type[_F], document: Document, path: tuple[Step, ...] = ()) -> tuple[_F | None, list[Issue]]:
    """Data at a path of a document as a form, or None and all its problems.

    Codes: E107 unknown key, E108 missing key, E109 wrong value.
    """
    data = document.data
    for step in path:
        data = data[step]
    try:
        return form.model_validate(data), []
    except ValidationError as error:
        return None, [_issue(form, document, path, data, detail) for detail in error.errors()]


def _issue(
    form: type[BaseModel], document: Document, path: tuple[Step, ...], data: Any, detail: ErrorDetails
) -> Issue:
    location = detail["loc"]
    if detail["type"] == "extra_forbidden":
        parent, key = location[:-1], str(location[-1])
        known = _known_keys(form, parent)
        given = _follow(data, parent)
        free = [name for name in known if not (isinstance(given, Mapping) and name in given)]
        owner = _name_of(data, parent)
        message = f"unknown key '{key}'{f' of {owner}' if owner else ''}{did_you_mean(key, free)}"
        where = document.key_place(*path, *location)
        return Issue("E107", str(where), message, f"known keys: {', '.join(known)}")
    if detail["type"] == "missing":
        owner = _name_of(data, location[:-1])
        message = f"key '{location[-1]}' is missing{f' in {owner}' if owner else ''}"
        return Issue("E108", str(document.place(*path, *location)), message, "add it")
    subject = _name_of(data, location)
    message = f"{f'{subject}: ' if subject else ''}{_sentence(detail, data, location)}"
    return Issue("E109", str(document.place(*path, *location)), message, _remedy(detail))


def _sentence(detail: ErrorDetails, data: Any, location: tuple[Step, ...]) -> str:
    found = _shown(detail["input"])
    if detail["type"] == "literal_error":
        expected = detail.get("ctx", {}).get("expected", "")
        words = [word.strip().strip("'") for word in str(expected).replace(" or ", ", ").split(",")]
        return f"{found} is none of {expected}{did_you_mean(str(detail['input']), words)}"
    text = detail["msg"].removeprefix("Value error, ")
    text = text.replace("Input should be a valid dictionary or instance of", "should be a mapping:")
    text = text.replace("Input should be a valid dictionary", "should be a mapping")
    text = text.replace("Input should be a valid tuple", "should be a list").replace("Input should", "should")
    text = text.replace("a valid string", "a text")
    return f"{text}, found {found}"


def _remedy(detail: ErrorDetails) -> str:
    if detail["type"] == "string_type" and detail["input"] is not None:
        return "put it in quotes if it is a text"
    if detail["type"] == "float_type" and isinstance(detail["input"], str):
        return "write a number such as 0.5 or 1e-3, without quotes and unit"
    return ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _follow(data: Any, location: tuple[Step, ...]) -> Any:
    for step in location:
        if isinstance(data, Mapping) and step in data:
            data = data[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _name_of(data: Any, location: tuple[Step, ...]) -> str:
    """The thing at a location as people call it: ``evidence 2 source of 'akt-inactivates-tsc2'``."""
    owner, rest = "", location
    for length in range(len(location) + 1):
        value = _follow(data, location[:length])
        if isinstance(value, Mapping) and isinstance(value.get("id"), str):
            owner, rest = f"'{value['id']}'", location[length:]
    words = " ".join(str(step + 1) if isinstance(step, int) else step for step in rest)
    return f"{words} of {owner}" if words and owner else words or owner


def _known_keys(form: type[BaseModel], location: tuple[Step, ...]) -> tuple[str, ...]:
    """Keys that the form at a location of another form knows."""
    annotation: Any = form
    for step in location:
        annotation = _unwrap(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = _field_by_key(annotation, str(step))
            annotation = field if field is not None else annotation
        else:
            arguments = typing.get_args(annotation)
            annotation = arguments[1] if typing.get_origin(annotation) is dict else arguments[0]
    annotation = _unwrap(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return tuple(field.alias or name for name, field in annotation.model_fields.items())
    return ()


def _field_by_key(form: type[BaseModel], key: str) -> Any:
    for name, field in form.model_fields.items():
        if key in (name, field.alias):
            return field.annotation
    return None


def _unwrap(annotation: Any) -> Any:
    """Annotation without Annotated and without ``| None``."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
        else:
            return annotation


def check_rows(
    form: type[_F], rows: Sequence[Row], *, numbers: Sequence[str] = (), id_column: str
) -> tuple[list[tuple[Row, _F]], list[Issue]]:
    """Lines of a table as forms, and all problems; empty cells count as absent.

    Parameters
    ----------
    form, rows
        What a line may say, and the lines.
    numbers : sequence of str
        Columns whose cells are numbers.
    id_column : str
        Column whose cells are unique.

    Codes: E108 empty cell, E109 wrong value, E112 id used twice.
    """
    good: list[tuple[Row, _F]] = []
    issues: list[Issue] = []
    first: dict[str, Row] = {}
    for row in rows:
        identity = row.cells[id_column]
        data: dict[str, Any] = {name: cell for name, cell in row.cells.items() if cell != ""}
        for name in numbers:
            if name in data:
                data[name] = resolve_scalar(row.cells[name])
        try:
            good.append((row, form.model_validate(data)))
        except ValidationError as error:
            for detail in error.errors():
                column = str(detail["loc"][0])
                where = str(row.place_of(column))
                if detail["type"] == "missing":
                    issues.append(
                        Issue("E108", where, f"'{column}' of '{identity}' is empty", "fill the cell")
                    )
                else:
                    message = f"'{column}' of '{identity}': {_sentence(detail, data, detail['loc'])}"
                    issues.append(Issue("E109", where, message, _remedy(detail)))
        if identity and identity in first:
            message = f"'{identity}' is there twice, first at {first[identity].place_of(id_column)}"
            issues.append(Issue("E112", str(row.place_of(id_column)), message, "rename or delete one"))
        first.setdefault(identity, row)
    return good, issues


def misspelt_keys(form: OpenForm, subject: str, document: Document) -> list[Issue]:
    """E107 for the extra keys of an open form that look like a known key that is absent."""
    free = [name for name in type(form).model_fields if name not in form.model_fields_set]
    return [
        Issue(
            "E107",
            str(document.key_place(key)),
            f"unknown key '{key}' of {subject}{did_you_mean(key, free)}",
            "correct it, or delete it",
        )
        for key in form.model_extra or {}
        if nearest(key, free) is not None
    ]


def file_name_issues(identity: str, path: Path | str, document: Document) -> list[Issue]:
    """E113 where a file is not called after the id in it."""
    stem = Path(path).stem
    if stem == identity:
        return []
    message = f"id '{identity}' in a file called '{stem}'"
    return [Issue("E113", str(document.place("id")), message, "rename the file or the id")]
