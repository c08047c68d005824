"""Which files a page shows where they stand, by their names; their bytes may differ."""

from ticket24.domain.portal.pages import PageFile

_PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".webp")
_VIDEOS = (".mp4", ".m4v", ".webm")
_MOST_BYTES = 8_000_000


def is_picture(file: PageFile) -> bool:
    """Whether a page shows this file: its name is a picture's, and it is small."""
    return file.name.lower().endswith(_PICTURES) and file.size <= _MOST_BYTES


def is_video(file: PageFile) -> bool:
    """Whether a page offers to play this file; what it is, its bytes say later."""
    return file.name.lower().endswith(_VIDEOS) and file.size <= _MOST_BYTES


def is_document(file: PageFile) -> bool:
    """Whether a page offers to read this file in the browser; its bytes decide."""
    return file.name.lower().endswith(".pdf")
