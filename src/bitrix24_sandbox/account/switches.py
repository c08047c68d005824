"""What can be set while the sandbox runs: unsure behaviour, limits and faults."""

from dataclasses import dataclass, field
from typing import Literal

Language = Literal["en", "de", "pt", "ru", "es"]

# Without this feature of the plan, tasks have neither observers nor participants.
OBSERVERS = "tasks_observers_participants"

# Bitrix24's own codes: platform.md 7.3.
_LANGUAGE_IDS: dict[str, str] = {"pt": "br", "es": "la"}


@dataclass
class Switches:
    """Behaviour that differs between builds, or is not settled; the defaults are safe.

    The numbers refer to the open questions, and to rows of the facts about Bitrix24,
    that each switch represents.
    """

    # Q1: what task.commentitem.add answers on the chat card, and its files; whether a
    # comment opens a chat for a task that has none, if the card is the new one.
    comment_id_on_chat: Literal["zero", "message"] = "message"
    comment_files_on_chat: bool = False
    comment_opens_chat: bool = True
    # Q2: task.commentitem.getlist of a chat task.
    comment_list_on_chat: Literal["history", "error"] = "history"
    # Q3: may administrators read chats that they do not belong to?
    chat_needs_membership: bool = True
    # Q4, Q5: tasks.task.list.
    list_has_chat_id: bool = True
    # Before 2025-12 no answer mentions chats.
    tells_chat_id: bool = True
    # A self-hosted server of 2022 shows tags as a list of words.
    tags_as_list: bool = False
    list_filters_activity: bool = True
    # Q6, rows 33 and 34: im.dialog.messages.get with FIRST_ID, which may add the
    # newest messages to those that follow; without cursors a backlog is ascending.
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
    # Whether the database compares like MySQL's utf8mb4_unicode_ci: ß is ss, é is e,
    # and characters without width do not count.
    email_collation: bool = False
    # Whether the database cannot store characters of four bytes: then comments keep
    # them as codes, and REST returns the codes.
    comment_emoji_codes: bool = True
    # How far the dates of all rows run ahead of `time` in answers from now on (behind
    # if negative), and how much further those of messages (PHP's zone is not MySQL's).
    rows_ahead_seconds: float = 0.0
    messages_ahead_seconds: float = 0.0
    # The zone of dates: a recorded account answered in +03:00 and +00:00 on one day.
    date_zones: Literal["mixed", "profile"] = "mixed"
    # Whether the account is new enough to have these.
    has_v3: bool = True
    has_message_search: bool = True
    # After how many seconds a fresh task shows its chat.
    chat_delay_seconds: float = 0.0
    # Q10: the language of auto comments and system messages.
    language: Language = "en"
    # E11: a handler that takes longer to answer is called less often; 0 for never.
    slow_handler_seconds: float = 1.0
    # What the authorization server says about permissions: the recorded word, or names.
    oauth_scope: Literal["app", "list"] = "app"
    # How long a refresh token works, and how long it still does after it was used.
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
    # Old accounts send no SERVER_ENDPOINT, APPLICATION_TOKEN, APPLICATION_SCOPE.
    old_frames: bool = False
    # auth[scope], auth[status] in events that nobody caused.
    nobody_has_scope: bool = False
    # auth[refresh_token] in ordinary events.
    events_renew: bool = False
    # Is the token of a Market application the same after the next installation?
    market_token_stays: bool = True
    # HTTP status of the errors of placement.bind.
    placement_errors: Literal[200, 400] = 400
    # U4: does the plan keep the mark that a task is given?
    keeps_marks: bool = True
    # U14: does an update that sends one custom field check the others too?
    update_checks_all_fields: bool = False
    # The codes of features that the plan lacks, such as OBSERVERS.
    missing_features: list[str] = field(default_factory=list)
    # What the account pays for.
    plan: Literal["commercial", "free"] = "commercial"
    # Users for whom an administrator has hidden applications.
    applications_hidden_from: list[int] = field(default_factory=list)
    # Users without the right to read, or to change, contacts.
    contacts_hidden_from: list[int] = field(default_factory=list)
    contacts_locked_for: list[int] = field(default_factory=list)


@dataclass
class Limits:
    """How much the account accepts: limits.md of the Bitrix24 docs.

    `burst` and `per_second` describe the leaky bucket of one source address; 0 means no
    limit. `operating_seconds` is the budget of one method in ten minutes, and one call
    uses up `operating_cost` of it.
    """

    burst: float = 50
    per_second: float = 2
    operating_seconds: float = 480
    operating_cost: float = 0.02
    operating_bills: Literal["inner", "batch"] = "inner"


@dataclass
class Faults:
    """What goes wrong on purpose. Rates are probabilities from 0 to 1.

    Events: `event_drop` loses them, `event_double` sends one twice, and `event_reorder`
    holds one back until later ones were sent. `delay_*` is the time between a change
    and its event. REST: `rest` is what happens to calls, and `rest_rate` is the share
    of calls that it happens to. `slow_seconds` is added to each answer. `moved_to` is
    the new address of a renamed account, such as http://host:port. `oauth` is what
    happens to every call of the authorization server. While that server hangs, it does
    what it is asked, but answers only when the fault is over; calls that hang are made
    only then.
    """

    event_drop: float = 0.0
    event_double: float = 0.0
    event_reorder: float = 0.0
    delay_min: float = 0.05
    delay_max: float = 0.3
    rest: Literal[
        "",
        "refuse",
        "503",
        "502",
        "500_after_write",
        "cut_after_write",
        "maintenance",
        "hang",
    ] = ""
    rest_rate: float = 1.0
    slow_seconds: float = 0.0
    moved_to: str = ""
    oauth: Literal["", "refuse", "503", "502", "maintenance", "hang"] = ""
    methods: list[str] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether anything goes wrong; events that come late are not a fault."""
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
