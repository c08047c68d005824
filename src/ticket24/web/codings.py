"""No request may be compressed: a small one could expand to a thousand times its size.

No honest client compresses: neither browsers nor Bitrix24. The server is told not to
unpack anything (`auto_decompress`), so a request that is refused here costs no more
than its bytes.
"""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

_WORDS = "No request may be compressed.\n"


@web.middleware
async def refuse_compressed(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Answer 415 before any of the body is read, on every path, and hang up."""
    headers = request.headers
    if (
        hdrs.CONTENT_ENCODING in headers or hdrs.TRANSFER_ENCODING in headers
    ) and _coded(request):
        said = {hdrs.ACCEPT_ENCODING: "identity"}
        refusal = web.Response(status=415, text=_WORDS, headers=said)
        refusal.force_close()
        return refusal
    return await handler(request)


def _coded(request: web.Request) -> bool:
    """Whether the body is encoded in any way other than chunks."""
    content = _names(request, hdrs.CONTENT_ENCODING) - {"", "identity"}
    return bool(content or _names(request, hdrs.TRANSFER_ENCODING) - {"chunked"})


def _names(request: web.Request, header: str) -> set[str]:
    said = ",".join(request.headers.getall(header, ()))
    return {name.strip().lower() for name in said.split(",")} if said else set()
