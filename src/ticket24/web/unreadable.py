"""What is answered to a request that cannot be read: our own words, and none of its.

aiohttp repeats the bad line, up to 8 kB of it, and says what its parser thinks.
"""

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

# Nobody knows which language the reader speaks: the header that says so was not read.
_WORDS = {
    "en": "We can’t read what your browser sent: it is damaged, or a part of it is too"
    " long. Delete the cookies for this site, shorten the list of languages in your"
    " browser, and try again.",
    "de": "Was Ihr Browser gesendet hat, ist nicht lesbar: Es ist beschädigt, oder ein"
    " Teil davon ist zu lang. Löschen Sie die Cookies für diese Seite, kürzen Sie die"
    " Liste der Sprachen in Ihrem Browser, und versuchen Sie es noch einmal.",
    "pt-BR": "Não conseguimos ler o que seu navegador enviou: está danificado, ou uma"
    " parte é longa demais. Exclua os cookies deste site, encurte a lista de idiomas do"
    " navegador e tente novamente.",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>400</title>
<body>
{}
"""
_TEXT = _PAGE.format(
    "\n".join(f'<p lang="{tag}">{words}</p>' for tag, words in _WORDS.items())
)


class PlainAnswers(RequestHandler):
    """A connection that answers what it cannot read with a page of ours."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer as aiohttp does, but for the words of a refusal."""
        response = super().handle_error(request, status, exc, message)
        if status == HTTPStatus.BAD_REQUEST and isinstance(response, web.Response):
            response.content_type, response.text = "text/html", _TEXT
        return response
