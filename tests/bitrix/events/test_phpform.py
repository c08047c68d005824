"""Query strings as PHP reads them."""

from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from urllib.parse import unquote

import pytest

from ticket24.bitrix.events.phpform import encode


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


@pytest.mark.parametrize(
    ("params", "plain"),
    [
        ({}, ""),
        ({"taskId": 5}, "taskId=5"),
        (
            {"filter": {">ID": 7, "!STATUS": "5"}},
            "filter[>ID]=7&filter[!STATUS]=5",
        ),
        ({"select": ["ID", "TITLE"]}, "select[0]=ID&select[1]=TITLE"),
        ({"a": {"b": [{"c": 1}, {"c": 2}]}}, "a[b][0][c]=1&a[b][1][c]=2"),
        ({"a": ("x",)}, "a[0]=x"),
        ({"yes": True, "no": False}, "yes=1&no=0"),
        ({"a": None, "b": {}, "c": [], "d": ""}, "d="),
        ({"a": ["x", None, "z"]}, "a[0]=x&a[2]=z"),
        ({0: "x", "y": 1.5}, "0=x&y=1.5"),
        ({"c": Colour.RED, "s": Size.BIG}, "c=red&s=3"),
    ],
)
def test_nested_values_become_brackets(params, plain):
    """Mappings and lists become brackets, and what is empty disappears."""
    assert plain == unquote(encode(params))


def test_order_is_kept():
    """Positional methods find their parameters in the order they were given."""
    params = {"TASKID": 1, "ITEMID": 2, "ARRAY": {"Z": 1, "A": 2}}

    assert "TASKID=1&ITEMID=2&ARRAY[Z]=1&ARRAY[A]=2" == unquote(encode(params))


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("a b", "a%20b"),
        ("1+1&x=#2?%", "1%2B1%26x%3D%232%3F%25"),
        ("Grüße", "Gr%C3%BC%C3%9Fe"),
        ("$result[a][ID]", "%24result%5Ba%5D%5BID%5D"),
        ("half \ud800", "half%20%3F"),
    ],
)
def test_every_sign_survives(text, encoded):
    """Signs with a meaning in a query string are percent-encoded."""
    assert f"a%5B0%5D={encoded}" == encode({"a": [text]})


def test_other_types_are_refused():
    """A value that no form can carry is an error, with the name of its field."""
    with pytest.raises(TypeError, match=r"filter\[x\] is a datetime"):
        encode({"filter": {"x": datetime.now(UTC)}})
