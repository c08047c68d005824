"""What can be set while the sandbox runs: unsure behaviour, limits and faults."""

from dataclasses import dataclass, field
from typing import Literal

Language = Literal["en", "de", "pt", "ru", "es"]

# The plan's feature without which a task has neither observers nor participants.
OBSERVERS = "tasks_observers_participants"

# Bitrix24's own codes: platform.md 7.3.
_LANGUAGE_IDS: dict[str, str] = {"pt": "br", "es": "la"}


@dataclass
class Switches:
    """Behaviour that differs by build or is not settled; the default is the safe one.

    The numbers name the open questions and rows of the facts about Bitrix24 that
    each switch stands for.
    """

    # Q1: what task.commentitem.add answers on the chat card, and its files; whether
    # a comment gives a task its chat that has none, where the card is the new one.
    comment_id_on_chat: Literal["zero", "message"] = "message"
    comment_files_on_chat: bool = False
    comment_opens_chat: bool = True
    # Q2: task.commentitem.getlist of a chat task.
    comment_list_on_chat: Literal["history", "error"] = "history"
    # Q3: may an administrator read a chat he does not belong to?
    chat_needs_membership: bool = True
    # Q4, Q5: tasks.task.list.
    list_has_chat_id: bool = True
    # Before 2025-12 nothing tells of chats.
    tells_chat_id: bool = True
    # A box of 2022 shows tags as a list of words.
    tags_as_list: bool = False
    list_filters_activity: bool = True
    # Q6, rows 33 and 34: im.dialog.messages.get with FIRST_ID, which may add the
    # newest messages to those that follow; without cursors a backlog rises.
    first_id_newest_first: bool = True
    first_id_repeats_boundary: bool = True
    first_id_adds_newest: int = 2
    backlog_rises: bool = True
    unknown_cursor_is_empty: bool = False
    # Q7: are C_<loser> rewritten when contacts are merged?
    merge_rewrites_bindings: bool = False
    # Q8, row 10.
    uploads_in_batch: bool = False
    # Q9: an update that changes nothing still raises its event.
    empty_update_counts: bool = True
    # Q11: a deleted task with the chat card says so in its chat.
    delete_says_so: bool = True
    # Do system messages of the new card move ACTIVITY_DATE?
    system_messages_are_activity: bool = False
    # Q12: auth[user_id] in events.
    auth_has_user_id: bool = False
    # Q13: ONTASKUPDATE events for one save.
    updates_per_save: int = 1
    # Q14: longer messages are cut, in characters.
    message_limit: int = 20_000
    # Q15: HTTP status of an access error in REST 3.0.
    v3_access_status: Literal[401, 403] = 403
    # Q16: TAGS as "a, b".
    tags_from_text: bool = False
    # Q18: may an update set any STATUS?
    update_sets_any_status: bool = False
    # Row 12, E5: HTTP status of authorization errors by the source or the docs.
    auth_errors: Literal["source", "docs"] = "source"
    # Shape of authorization errors under /rest/api/.
    v3_auth_errors: Literal["flat", "nested"] = "flat"
    # Row 26: restoring a deleted task raises ONTASKUPDATE.
    restore_raises_update: bool = True
    # Rows 38 to 40, 47.
    edit_window_seconds: int = 259_200
    chat_lists_as_maps: bool = False
    email_case_sensitive: bool = False
    # Databases that compare as MySQL's utf8mb4_unicode_ci does: ß is ss, é is e, and
    # what has no width does not count.
    email_collation: bool = False
    # Databases that hold no characters of four bytes: comments keep them as codes, and
    # REST reads them so.
    comment_emoji_codes: bool = True
    # How far the dates of all rows run ahead of `time` in answers, behind if less than
    # 0, from now on; and those of messages besides (PHP's zone is not MySQL's).
    rows_ahead_seconds: float = 0.0
    messages_ahead_seconds: float = 0.0
    # The zone of dates: one recorded account answers in +03:00 and +00:00 on one day.
    date_zones: Literal["mixed", "profile"] = "mixed"
    # Whether the account is new enough for these.
    has_v3: bool = True
    has_message_search: bool = True
    # A fresh task shows its chat only after so many seconds.
    chat_delay_seconds: float = 0.0
    # Q10: the language of auto comments and system messages.
    language: Language = "en"
    # E11: who takes longer to answer an event is called less often; 0 for never.
    slow_handler_seconds: float = 1.0
    # What the authorization server says of permissions: the recorded word, or names.
    oauth_scope: Literal["app", "list"] = "app"
    # How long a refresh token works, and still after it was used.
    refresh_token_days: float = 180
    refresh_grace_seconds: float = 0
    # May a dismissed user's tokens still be renewed?
    dismissed_may_renew: bool = True
    # The authorization server's answer to a wrong secret, and to an application
    # that is not installed.
    stranger_refusal: Literal["invalid_client", "wrong_client"] = "invalid_client"
    uninstalled_refusal: Literal["invalid_client", "NOT_INSTALLED", "invalid_grant"] = (
        "invalid_client"
    )
    # Accounts that send no SERVER_ENDPOINT, APPLICATION_TOKEN, APPLICATION_SCOPE.
    old_frames: bool = False
    # auth[scope], auth[status] in events that nobody caused.
    nobody_has_scope: bool = False
    # auth[refresh_token] in ordinary events.
    events_renew: bool = False
    # Is the token of a Market application the same after the next installation?
    market_token_stays: bool = True
    # HTTP status of the errors of placement.bind.
    placement_errors: Literal[200, 400] = 400
    # U14: does an update that sends one own field check the others, too?
    update_checks_all_fields: bool = False
    # Features that the plan lacks, by their codes, such as OBSERVERS.
    missing_features: list[str] = field(default_factory=list)
    # What the account pays for.
    plan: Literal["commercial", "free"] = "commercial"
    # Users whom an administrator keeps away from applications.
    applications_hidden_from: list[int] = field(default_factory=list)
    # Users without the right to read, or to change, contacts.
    contacts_hidden_from: list[int] = field(default_factory=list)
    contacts_locked_for: list[int] = field(default_factory=list)


@dataclass
class Limits:
    """How much the account takes: limits.md of the Bitrix24 docs.

    `burst` and `per_second` are the leaky bucket of one source address, 0 for
    none. `operating_seconds` is the budget of one method in ten minutes and
    `operating_cost` what one call takes of it.
    """

    burst: float = 50
    per_second: float = 2
    operating_seconds: float = 480
    operating_cost: float = 0.02
    operating_bills: Literal["inner", "batch"] = "inner"


@dataclass
class Faults:
    """What goes wrong on purpose. Rates are probabilities from 0 to 1.

    Events: `event_drop` loses them, `event_double` sends one twice,
    `event_reorder` holds one back behind later ones, `delay_*` is the time
    between the change and its event. REST: `rest` says what every call meets,
    `rest_rate` how many of them; `slow_seconds` is added to each answer.
    `moved_to` is the new address of a renamed account, such as http://host:port.
    `oauth` says what every call of the authorization server meets; while it hangs, it
    does what it is asked, and answers when the fault is over.
    """

    event_drop: float = 0.0
    event_double: float = 0.0
    event_reorder: float = 0.0
    delay_min: float = 0.05
    delay_max: float = 0.3
    rest: Literal[
        "", "refuse", "503", "502", "500_after_write", "cut_after_write", "maintenance"
    ] = ""
    rest_rate: float = 1.0
    slow_seconds: float = 0.0
    moved_to: str = ""
    oauth: Literal["", "refuse", "503", "502", "maintenance", "hang"] = ""
    methods: list[str] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether anything goes wrong; events that come late are no fault."""
        return bool(
            self.event_drop
            or self.event_double
            or self.event_reorder
            or (self.rest and self.rest_rate)
            or self.slow_seconds
            or self.moved_to
            or self.oauth
        )


def language_id(language: Language) -> str:
    """Return Bitrix24's code of a language: `br` is Brazilian, `la` Spanish."""
    return _LANGUAGE_IDS.get(language, language)
