"""Widgets for the settings of a training, made from the fields of :class:`rnalign_core.model.Settings`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import streamlit as st
from pydantic import ValidationError

from rnalign_core.model import PRESETS, Settings
from rnalign_core.model.settings import IMPLIED, with_variant
from rnalign_core.problems import InputError, Problem

BASIC = {"variant": "Variant", "seed": "Seed", "n_folds": "Folds", "n_epochs": "Epochs, at most"}
PRESET_CAPTIONS = {
    "quick": "to try things out",
    "full": "the method",
    "poster": "the poster's protocol: it is told each line's cancer type",
}
DEFAULT_PRESET = "full"
PRESET = "train_preset"  # widget


def settings_form() -> Settings:
    """Let the user choose a preset and change settings.

    Raises
    ------
    InputError
        With every setting that cannot be used as it is.
    """
    names = list(PRESETS)
    preset = st.radio(
        "Preset",
        names,
        index=names.index(DEFAULT_PRESET),
        captions=[PRESET_CAPTIONS[name] for name in names],
        format_func=str.capitalize,
        horizontal=True,
        key=PRESET,
    )
    columns = st.columns([2, 1, 1, 1])
    with columns[0]:
        variant = _widget(preset, "variant", PRESETS[preset].variant)
    values, implied = with_variant(PRESETS[preset], variant), IMPLIED.get(variant, {})
    for column, name in zip(columns[1:], list(BASIC)[1:], strict=True):
        with column:
            values[name] = _widget(preset, name, values[name])
    if values["variant"] == "type_conditioned":
        st.warning(
            "This variant is told the cancer type of each cell line. Its match rate echoes that label: it is "
            "label-conditioned, not evidence that a line resembles its tumors.",
            icon=":material/label:",
        )
    with st.expander("Advanced settings"):
        advanced = [name for name in Settings.model_fields if name not in BASIC]
        columns = st.columns(3)
        for i, name in enumerate(advanced):
            with columns[i % len(columns)]:
                values[name] = _widget(preset, name, values[name], disabled=name in implied)
    return check_settings(values)


def check_settings(values: Mapping) -> Settings:
    """Return `values` as settings.

    Raises
    ------
    InputError
        With every value that cannot be used, in plain words.
    """
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as error:
        raise InputError([_problem(found) for found in error.errors()]) from error


def _problem(found: Mapping) -> Problem:
    name = str(found["loc"][0])
    what = f"{found['msg'].replace('Input should', 'it should')}, and is {found['input']!r}"
    return Problem(what, f"setting {_label(name)}", f"Give another value. {_description(name)}")


@cache
def _fields() -> dict:
    """JSON schema of each setting: its kind and its limits."""
    return Settings.model_json_schema()["properties"]


def _description(name: str) -> str:
    return Settings.model_fields[name].description or ""


def _label(name: str) -> str:
    return BASIC.get(name, name.replace("_", " "))


def _widget(preset: str, name: str, default: object, *, disabled: bool = False) -> object:
    """Show the widget of one setting and return its value.

    The key holds preset and default, so that a widget starts anew when either changes.
    """
    field = _fields()[name]
    options = field.get("anyOf", [field])
    kind = next(option for option in options if option["type"] != "null")
    about = {
        "label": _label(name),
        "help": _description(name),
        "key": f"setting-{preset}-{name}-{default}",
        "disabled": disabled,
    }
    if "enum" in kind:
        return st.selectbox(options=kind["enum"], index=kind["enum"].index(default), **about)
    number = int if kind["type"] == "integer" else float
    low, high = (kind.get(end, kind.get(f"exclusive{end.capitalize()}")) for end in ("minimum", "maximum"))
    limits = {
        "min_value": None if low is None else number(low),
        "max_value": None if high is None else number(high),
        "step": 1 if number is int else _step(default),
        "format": "%d" if number is int else "%g",
    }
    if len(options) == 1:
        return st.number_input(value=number(default), **limits, **about)
    st.session_state.setdefault(about["key"], default)  # only a widget without a default can be emptied
    return st.number_input(value=None, placeholder="all", **limits, **about)


def _step(value: float) -> float:
    """Return the power of ten of a value's first digit."""
    return 10.0 ** math.floor(math.log10(value)) if value else 0.1
