"""One Bitrix24 installation as we know it."""

from dataclasses import dataclass, field
from datetime import datetime

from ticket24.domain.settings import AccountSettings


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account.

    `id` is ours and never changes; `member_id` is Bitrix24's name for it, empty
    until the first event told it. `user_id` is the integration user: whose
    rights we have and who posts for us. `connected_at` is by Bitrix24's clock:
    what happened before is history.
    """

    id: str
    slug: str
    user_id: int
    connected_at: datetime
    member_id: str = ""
    settings: AccountSettings = field(default_factory=AccountSettings)
