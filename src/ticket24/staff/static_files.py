"""Stylesheets and scripts of the pages inside Bitrix24."""

from pathlib import Path

from ticket24.portal import static_files
from ticket24.portal.static_files import Assets
from ticket24.staff.parts import BASE

_FOLDER = Path(__file__).parent / "static"


def staff_assets() -> Assets:
    """Return them; `frame.css` begins with the portal's colours, buttons and forms."""
    return Assets(
        static_files.FOLDER,
        _FOLDER,
        base=BASE,
        sheet="frame.css",
        joins=(static_files.STYLESHEET, "frame.css"),
    )
