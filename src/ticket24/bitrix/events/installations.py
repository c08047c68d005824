"""ONAPPINSTALL: the one event whose tokens we want. No I/O.

It proves nothing by itself: its readers ask the authorization server (platform.md 2.4,
2.6; api-reference/common/events/on-app-install.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl

from ticket24.bitrix.events.event import MAX_BYTES, MAX_KEYS, BadEvent

NAME = "ONAPPINSTALL"

# Real ones have 32 and about 70 characters, but nobody promises that.
_MEMBER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,512}")
_LONGEST_HOST = 260
_LANGUAGE = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Installation:
    """What was posted, unverified; refresh and application token may be empty.

    `seconds` is the remaining life of the access token when the post was sent.
    """

    member_id: str
    domain: str
    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    application_token: str = field(default="", repr=False)
    seconds: int = 3_600
    language: str = "en"

    def to_dict(self) -> dict[str, str]:
        """Return it as it can be kept; this holds secrets."""
        return {
            "member_id": self.member_id,
            "domain": self.domain,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "application_token": self.application_token,
            "seconds": str(self.seconds),
            "language": self.language,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, str]) -> Self:
        """Read what `to_dict` wrote."""
        kept = dict(raw)
        return cls(seconds=int(kept.pop("seconds")), **kept)


def parse_installation(body: bytes) -> Installation | None:
    """Read ONAPPINSTALL's form; None for another event.

    Raises BadEvent if something needed is missing. Its reason is fit for the sender,
    and repeats no value of the form.
    """
    if len(body) > MAX_BYTES:
        raise BadEvent("too long")
    try:
        fields = dict(
            parse_qsl(
                body.decode(),
                keep_blank_values=True,
                max_num_fields=MAX_KEYS,
                errors="strict",
            )
        )
    except ValueError:  # Also if it is not UTF-8.
        raise BadEvent("not a form") from None
    if fields.get("event", "").upper() != NAME:
        return None
    member_id = fields.get("auth[member_id]", "")
    access_token = fields.get("auth[access_token]", "")
    if not _MEMBER.fullmatch(member_id) or not _TOKEN.fullmatch(access_token):
        raise BadEvent("there is no member_id or no access_token")
    seconds = fields.get("auth[expires_in]", "")
    language = fields.get("data[LANGUAGE_ID]", "")
    return Installation(
        member_id,
        fields.get("auth[domain]", "")[:_LONGEST_HOST],
        access_token,
        _token(fields, "auth[refresh_token]"),
        _token(fields, "auth[application_token]"),
        min(int(seconds), 3_600) if re.fullmatch("[0-9]{1,9}", seconds) else 3_600,
        language.lower() if _LANGUAGE.fullmatch(language) else "en",
    )


def _token(fields: Mapping[str, str], key: str) -> str:
    value = fields.get(key, "")
    return value if _TOKEN.fullmatch(value) else ""
