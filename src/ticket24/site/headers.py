"""What browsers are told about every page of ours, whoever it is for."""

from collections.abc import Mapping

from aiohttp import web

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {images};"
    " media-src {media}; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors {frames}"
)
_COMMON = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Content-Type-Options": "nosniff",
}
_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}


def policy(
    *, images: str = "'self'", media: str = "'none'", frames: str = "'none'"
) -> str:
    """Return the policy of a page: whence images and videos come, who may frame it."""
    return _POLICY.format(images=images, media=media, frames=frames)


def add(response: web.StreamResponse, own: Mapping[str, str], *, secure: bool) -> None:
    """Add headers that a view did not set itself: a site's own, and what all have."""
    wanted = {**own, **_COMMON, **(_TRANSPORT if secure else {})}
    for name, value in wanted.items():
        response.headers.setdefault(name, value)
