"""What Bitrix24 tells of installations: kept until a worker has it verified."""

from ticket24.bitrix.events.frame_posts import FramePost
from ticket24.bitrix.events.installations import NAME, Installation, parse_installation
from ticket24.domain.accounts.visits import SETTINGS_PAGE
from ticket24.store.accounts.installations import RedisInstallations


class NoRoom(Exception):
    """Too many installations wait to be verified."""


async def receive(body: bytes, installations: RedisInstallations) -> None:
    """Keep an ONAPPINSTALL until it is verified; another event is none of ours.

    Raises BadEvent for a broken one, NoRoom when too many wait.
    """
    installation = parse_installation(body)
    if installation and not await installations.put(installation.to_dict()):
        raise NoRoom


def to_post(installation: Installation) -> FramePost:
    """Return an ONAPPINSTALL as the post that it could have been."""
    return FramePost(
        domain=installation.domain,
        language=installation.language,
        app_sid=NAME,
        auth_id=installation.access_token,
        auth_seconds=installation.seconds,
        refresh_id=installation.refresh_token,
        member_id=installation.member_id,
        application_token=installation.application_token,
        placement=SETTINGS_PAGE,
        options={},
    )
