"""Files and pictures at the places where a text names them."""

import re
from collections.abc import Collection
from itertools import chain

from markupsafe import Markup

from ticket24.domain.portal.pages import PageFile, TicketPage
from ticket24.domain.portal.shown_files import is_picture
from ticket24.domain.settings.model import Language
from ticket24.markup import FILE_SIGN, at_their_places, matched
from ticket24.portal.display.signs import file_size
from ticket24.site.templating import html

# Private characters enclose a number until the text is HTML. Marks that the text itself
# contains can name only files of the same page. Marks within a tag do not count, and no
# address of a link contains an HTML bracket.
_MARK = "\ue000{}\ue001"
_MARKED = re.compile("<[^<>]*+>|\ue000(n?[0-9]{1,18})\ue001")


class Placing:
    """Puts the files of a page, whose path is `path`, into its texts."""

    def __init__(self, page: TicketPage, path: str, language: Language) -> None:
        self._path = path
        self._language = language
        every = chain(
            page.files,
            page.earlier.files,
            *(message.files for message in page.messages),
        )
        self._others: dict[str, PageFile] | None = None
        self._every = every

    def html(
        self, text: str, files: Collection[PageFile]
    ) -> tuple[Markup, list[PageFile]]:
        """Return somebody's BBCode as safe HTML, and the pictures in it.

        `files` are the message's own; a quotation in it may name others.
        """
        marked = at_their_places(text, lambda number: " " + _MARK.format(number))
        if marked is text:
            return html(text), []
        own = [(int(file.id[1:]), file) for file in files]
        known = matched(text, own, self._by_number())
        pictures: list[PageFile] = []

        def put(mark: re.Match[str]) -> str:
            if mark[1] is None:
                return mark[0]
            file = known.get(mark[1])
            if file is None:
                return FILE_SIGN
            if is_picture(file):
                pictures.append(file)
            return self._shown(file)

        whole = _MARKED.sub(put, html(marked))
        return Markup(whole), pictures  # noqa: S704  Safe, and only our own elements more.

    def _by_number(self) -> dict[str, PageFile]:
        if self._others is None:
            self._others = {f"n{f.object_id}": f for f in self._every if f.object_id}
        return self._others

    def _shown(self, file: PageFile) -> str:
        picture = '<img src="{1}/medium" alt="{0}" data-size="{2}" loading="lazy">'
        words = picture if is_picture(file) else "{0}"
        size = file_size(file.size, self._language)
        address = f"{self._path}/files/{file.id}"
        link = Markup('<a class="placed" href="{1}">' + words + "</a>")  # noqa: S704  Our own.
        return str(link.format(file.name or FILE_SIGN, address, size))
