"""What staff do in the sandbox, and what happens because of it."""

from datetime import timedelta

import pytest

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.account.records import Status
from bitrix24_sandbox.account.world import dump, load
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.sample import sample_world


def names(events):
    return [name for name, _ in events]


def test_sample_holds_the_company():
    """The sample has 30 tickets in two departments, and all of it is past."""
    world = sample_world()
    tickets = [task for task in world.tasks.values() if task.contact_ids]

    assert 30 == len(tickets)
    assert {"chat", "forum"} == {task.card for task in tickets}
    assert {7, 12} == {task.group_id for task in tickets}
    assert (5, 10) == (len(world.users), len(world.contacts))
    assert all(task.activity_at < world.now() for task in world.tasks.values())
    assert [] == world.log


@pytest.mark.parametrize("card", ["chat", "forum"])
def test_sample_can_have_one_kind_of_card(card):
    """A forced card is the card of every task in a workgroup."""
    world = sample_world(card)

    assert {card} == {task.card for task in world.tasks.values() if task.group_id}


def test_world_survives_a_file(tmp_path, world):
    """An account written to a file comes back as it was."""
    path = tmp_path / "account.json"
    path.write_bytes(dump(world))

    again = load(path)

    assert vars(world) == vars(again) | {"listeners": []}


def test_partial_file_is_enough(tmp_path):
    """A data file may name only what it cares about."""
    path = tmp_path / "account.json"
    path.write_text('{"users": {"1": {"id": 1, "name": "A", "last_name": "B"}}}')

    assert "A B" == load(path).users[1].full_name


@pytest.mark.parametrize(
    ("status", "by", "action", "after"),
    [
        (2, 4, "start", 3),
        (3, 4, "start", "0"),
        (3, 4, "pause", 2),
        (2, 4, "pause", "1048582"),
        (2, 4, "defer", 6),
        (3, 4, "defer", "1048582"),
        (3, 1, "complete", 5),
        (6, 4, "complete", 4),
        (5, 4, "complete", "0"),
        (4, 1, "complete", 5),
        (4, 1, "renew", "1048582"),
        (4, 4, "renew", 2),
        (5, 1, "renew", 2),
        (6, 1, "renew", 2),
        (2, 1, "renew", "1048582"),
        (4, 1, "approve", 5),
        (4, 4, "approve", "1048582"),
        (4, 1, "disapprove", 2),
        (5, 1, "disapprove", "1048582"),
        (2, 3, "start", "0"),
    ],
)
def test_transitions(world, chat_task, status, by, action, after):
    """A status moves as the table says, or is refused with the code it names."""
    chat_task.status = Status(status)
    chat_task.task_control = True

    try:
        outcome = int(tasks.act(world, by, chat_task.id, action).status)
    except Refused as refusal:
        outcome = refusal.code

    assert after == outcome


def test_tasks_of_the_chat_card_speak_in_their_chat(world, chat_task, events):
    """A change on the new card raises its event and one system message for it."""
    tasks.start(world, 4, chat_task.id)

    last = reading.conversation(world, chat_task)[-1]
    assert ["ONTASKUPDATE", "ONTASKCOMMENTADD"] == names(events)
    assert {"ID": 0, "TASK_ID": chat_task.id, "MESSAGE_ID": last.id} == events[1][1]
    assert (0, "Task started.", True) == (last.author_id, last.text, last.automatic)


def test_start_is_silent_on_the_forum_card(world, forum_task, events):
    """Starting on the old card raises an update and says nothing."""
    tasks.start(world, 4, forum_task.id)

    assert ["ONTASKUPDATE"] == names(events)


def test_auto_comment_looks_like_its_actor(world, forum_task, events):
    """Completing on the old card leaves a comment by the person who completed."""
    tasks.complete(world, 4, forum_task.id)

    last = reading.conversation(world, forum_task)[-1]
    assert ["ONTASKUPDATE", "ONTASKCOMMENTADD"] == names(events)
    assert {"ID": last.id, "TASK_ID": forum_task.id} == events[1][1]
    assert (4, "Task closed.") == (last.author_id, last.text)


def test_title_alone_moves_only_the_change_date(world, chat_task, events):
    """A save that Bitrix24 does not remark on leaves the activity date behind."""
    before = chat_task.activity_at
    world.skew_seconds = 60

    tasks.update_task(world, 4, chat_task.id, title="  Better title ")

    assert ["ONTASKUPDATE"] == names(events)
    assert "Better title" == chat_task.title
    assert before == chat_task.activity_at
    assert before < chat_task.changed_at


@pytest.mark.parametrize("group", [7, 12])
def test_comment_moves_only_the_activity_date(world, group):
    """A member's comment on either card leaves the change date behind."""
    task = tasks.add_task(world, 1, "T", responsible_id=4, group_id=group)
    before = task.changed_at
    world.skew_seconds = 60

    talk.add_comment(world, 4, task.id, "Hello")

    assert before == task.changed_at
    assert before + timedelta(seconds=59) <= task.activity_at


@pytest.mark.parametrize("group", [7, 12])
def test_strangers_comment_makes_an_observer(world, events, group):
    """A commenter without a role becomes an observer, with one more update."""
    task = tasks.add_task(world, 1, "T", responsible_id=4, group_id=group)
    stranger = 3 if group == 7 else 5
    events.clear()

    talk.add_comment(world, stranger, task.id, "Hello")

    assert [stranger] == task.auditors
    assert ["ONTASKUPDATE", "ONTASKCOMMENTADD"] == names(events)


def test_only_the_forum_tells_of_edits(world, chat_task, forum_task, events):
    """Edits and deletions raise events on the old card, none on the new."""
    comment = talk.add_comment(world, 4, forum_task.id, "One")
    message = talk.add_comment(world, 4, chat_task.id, "One")
    events.clear()

    talk.edit_message(world, 4, "forum", comment.id, "Two")
    talk.edit_message(world, 4, "chat", message.id, "Two")
    talk.delete_message(world, 4, "forum", comment.id)
    talk.mark_read(world, 1, chat_task.chat_id)
    talk.delete_message(world, 4, "chat", message.id)

    ids = {"ID": comment.id, "TASK_ID": forum_task.id}
    assert [
        ("ONTASKCOMMENTUPDATE", {**ids, "ACTION": "EDIT"}),
        ("ONTASKCOMMENTDELETE", {**ids, "ACTION": "DEL"}),
    ] == events
    assert (
        "This message was deleted." == reading.conversation(world, chat_task)[-1].text
    )


def test_group_move_resets_the_column(world, chat_task):
    """A task moved to another workgroup is in its first column."""
    tasks.move_to_stage(world, 4, chat_task.id, 72)
    assert 72 == chat_task.stage_id

    tasks.move_to_group(world, 4, chat_task.id, 12)

    assert (12, 0) == (chat_task.group_id, chat_task.stage_id)
    assert "chat" == chat_task.card


def test_deleted_task_comes_back_without_an_add(world, chat_task, events):
    """A restored task raises an update at most, and keeps its words."""
    said = len(reading.conversation(world, chat_task))

    tasks.delete_task(world, 1, chat_task.id)
    assert chat_task.id not in world.tasks
    tasks.restore_task(world, 1, chat_task.id)

    assert ["ONTASKDELETE", "ONTASKCOMMENTADD", "ONTASKUPDATE"] == names(events)
    assert said + 1 == len(reading.conversation(world, chat_task))


def test_migrated_task_keeps_its_forum(world, forum_task):
    """A task that gets its chat late keeps what was said on the forum."""
    talk.add_comment(world, 4, forum_task.id, "Before")
    tasks.migrate_to_chat(world, 4, forum_task.id)
    talk.add_comment(world, 4, forum_task.id, "After")

    said = [(e.source, e.text) for e in reading.conversation(world, forum_task)]

    assert ("forum", "Before") in said
    assert ("chat", "After") == said[-1]


def test_hashtags_become_tags(world):
    """Words with # in title or description join the tags, numbers do not."""
    task = tasks.add_task(
        world, 1, "Bill #billing", responsible_id=4, description="see #42 and a#b"
    )

    assert ["billing"] == task.tags


def test_merge_deletes_losers_and_keeps_bindings(world, events):
    """A merge deletes first, then updates; tasks still name the loser."""
    bound = [t for t in world.tasks.values() if 44 in t.contact_ids]
    heard = []
    world.listeners.append(lambda e: heard.append((e.name, e.data["FIELDS"]["ID"])))

    people.merge_contacts(world, 1, 43, [44])

    assert [("ONCRMCONTACTDELETE", 44), ("ONCRMCONTACTUPDATE", 43)] == heard
    assert bound
    assert all(44 in task.contact_ids for task in bound)
    assert 3 == len(world.contacts[43].emails)


def test_outsider_sees_no_task(world, forum_task):
    """A task outside one's roles and workgroups is not there."""
    with pytest.raises(Refused) as refusal:
        tasks.get(world, 3, forum_task.id)

    assert "1048582" == refusal.value.code
    assert forum_task not in tasks.visible(world, 3)
