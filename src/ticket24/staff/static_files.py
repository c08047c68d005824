"""Stylesheets and scripts of the pages inside Bitrix24."""

from functools import cache
from pathlib import Path

from ticket24.site.static_files import Assets
from ticket24.staff.parts import BASE

_FOLDER = Path(__file__).parent / "static"


@cache
def staff_assets() -> Assets:
    """Return those files; `frame.css` begins with the portal's colours and controls."""
    joins = ("portal.css", "frame.css")
    return Assets(_FOLDER, base=BASE, sheet="frame.css", joins=joins)
