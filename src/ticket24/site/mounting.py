"""What the portal and the pages inside Bitrix24 share as parts of an application."""

from collections.abc import Iterable, Iterator, Mapping

from aiohttp import hdrs, web


def below(
    prefix: str, routes: Iterable[web.AbstractRouteDef]
) -> Iterator[web.AbstractRouteDef]:
    """Yield routes as the sub-application knows them: views name whole paths."""
    for route in routes:
        if not isinstance(route, web.RouteDef):
            raise TypeError(route)
        path = route.path.removeprefix(prefix)
        yield web.RouteDef(route.method, path, route.handler, route.kwargs)


def route_of(request: web.Request) -> str:
    """Return the route's pattern; the address itself may contain a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def wants_json(headers: Mapping[str, str]) -> bool:
    """Whether a script asks, for which a page would be of no use."""
    accept = headers.get(hdrs.ACCEPT, "")
    return "application/json" in accept and "text/html" not in accept
