"""What is remembered of an account reads as it was written, by any build."""

from datetime import UTC, datetime, timedelta

from ticket24.domain.accounts.memory import Duty, Memory, Undone
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.looks.glances import Tide

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

# As earlier builds left it in Redis, with what others keep beside it.
ROWS = {
    "trouble": "the licence has ended",
    "trouble_at": "1793534400.25",
    "last_event_at": "1793534400.5",
    "other_member": "1793534400 abc",
    "wrong_token_at": "1793534400.0",
    "overflow": "1793534400123",
    "made_up": "1793534400124",
    "seen_at": "1793534401.0",
    "asked_at": "1793534402.0",
    "quiet_at": "",
    "walked_at": "1793530800.0",
    "zone_at": "1793530801.0",
    "newest_row": "4711",
    "CHANGED_DATE_floor": "1793534280.0",
    "CHANGED_DATE_latest": "1793534400.0",
    "CHANGED_DATE_top": "1793534400.0",
    "CHANGED_DATE_top_at": "1793534401.0",
    "contacts_top_at": "0.0",
    "clock_chat": "-10800.0",
    "import_of": "1793534400.0",
    "import_until": "1793534400999",
    "bound_at": "1793534400.75",
    "unbound": "",
    "field": "UF_CRM_TICKET24",
    "mirrored": "0123",
    "mirror_refused": "no administrator",
    "mirror_refused_at": "1793534400.0",
    "field_refused": "",
    "field_refused_at": "",
    "visited_at": "1793534400.0",
    "uninstall": "",
    "uninstall_refused_at": "1793534400.0",
    "addresses": "3",
    "mail_waits": "451 later",
}
MEMORY = Memory(
    trouble="the licence has ended",
    trouble_at=1793534400.25,
    last_event_at=1793534400.5,
    other_member="1793534400 abc",
    wrong_token_at=1793534400.0,
    overflow=1793534400123,
    made_up=1793534400124,
    seen_at=1793534401.0,
    asked_at=1793534402.0,
    walked_at=1793530800.0,
    zone_at=1793530801.0,
    newest_row=4711,
    tides={
        "CHANGED_DATE": Tide(
            NOON - timedelta(minutes=2), NOON, NOON, NOON.timestamp() + 1
        ),
        "contacts": Tide(),
    },
    clocks=Clocks(chat=timedelta(hours=-3)),
    import_of="1793534400.0",
    import_until=1793534400999,
    bound_at=1793534400.75,
    unbound="",
    field="UF_CRM_TICKET24",
    mirrored="0123",
    refusals={Duty.MIRROR: Undone("no administrator", 1793534400.0)},
    visited_at=1793534400.0,
    uninstall="",
    uninstall_refused_at=1793534400.0,
)


def test_what_earlier_builds_kept_is_read():
    """Each fact in its own kind; what is not of it is passed over."""
    assert MEMORY == Memory.read(ROWS)


def test_it_is_kept_as_it_always_was():
    """An earlier build reads what this one writes, and nothing else is touched."""
    kept = MEMORY.facts()

    assert MEMORY == Memory.read(kept)
    assert {name: ROWS[name] for name in kept} == kept
    assert {} == Memory().facts() == Memory.read({}).facts()
    assert {"uninstall": "", "bound_at": "0"} == Memory(
        uninstall="", bound_at=0
    ).facts()
