"""Looks at tasks with comments, chats or both, and at those that fail."""

import pytest
from wire import (
    CONTACTS,
    LIST,
    SEARCH,
    Bitrix24,
    chat_message,
    known,
    look_at,
    numbers,
    row,
)

from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    Permanent,
    TooManyRequests,
)
from ticket24.domain.tickets.model import Source


async def test_a_migrated_task_has_both_kinds():
    """At the first look the forum's history is read beside the chat."""
    bitrix24 = Bitrix24(
        row(51, chatId=58, forumTopicId="9"), comments={51: [1]}, chats={58: [2]}
    )
    seen, _ = await look_at(bitrix24, {51: None})

    assert ([1], [2]) == (
        numbers(seen.looks[51].forum),
        numbers(seen.looks[51].chat),
    )
    assert {Source.FORUM} == {one.key.source for one in seen.looks[51].forum}


async def test_beside_a_known_chat_the_forum_is_not_read():
    """What is history already costs no command."""
    bitrix24 = Bitrix24(row(51, chatId=58, forumTopicId="9"), chats={58: [2]})
    seen, methods = await look_at(bitrix24, {51: known(51, chat_id=58)})

    assert [LIST, SEARCH] == methods
    assert seen.looks[51].forum is None


async def test_a_task_that_just_got_its_chat_is_read_in_both():
    """The last comments of the old card are not lost in the move."""
    bitrix24 = Bitrix24(
        row(51, chatId=58, forumTopicId="9"), comments={51: [1]}, chats={58: [2]}
    )
    seen, _ = await look_at(bitrix24, {51: known(51)})

    assert ([1], [2]) == (
        numbers(seen.looks[51].forum),
        numbers(seen.looks[51].chat),
    )


async def test_a_chat_task_survives_a_refused_forum():
    """Some builds answer with an error if there is no longer a forum."""
    error = Permanent("ERROR_CORE", "8/TE/ACTION_FAILED_TO_BE_PROCESSED")
    bitrix24 = Bitrix24(
        row(51, chatId=58, forumTopicId="9"),
        chats={58: [2]},
        task_commentitem_getlist=error,
    )
    seen, _ = await look_at(bitrix24, {51: None})

    assert (None, [2]) == (seen.looks[51].forum, numbers(seen.looks[51].chat))


@pytest.mark.parametrize("error", [Permanent("X", "no"), TooManyRequests("X", "no")])
async def test_a_refused_forum_without_a_chat_is_an_error(error):
    """Messages that cannot be read are not taken for deleted ones."""
    bitrix24 = Bitrix24(row(51, forumTopicId="9"), task_commentitem_getlist=error)
    seen, _ = await look_at(bitrix24, {51: known(51), 52: None})

    assert ({51: error}, {}, {52}) == (seen.errors, seen.looks, seen.gone)


async def test_a_forum_that_fails_for_now_is_an_error_beside_a_chat_too():
    """A passing fault is not an answer, so the look is repeated later."""
    error = BitrixBroken("", "no usable answer")
    bitrix24 = Bitrix24(
        row(51, chatId=58, forumTopicId="9"), task_commentitem_getlist=error
    )
    seen, _ = await look_at(bitrix24, {51: None})

    assert {51: error} == seen.errors


async def test_a_task_without_a_topic_has_no_comments():
    """If nothing was ever written, nothing is asked."""
    seen, methods = await look_at(Bitrix24(row(51)), {51: None})

    assert [LIST] == methods
    assert (None, None) == (seen.looks[51].forum, seen.looks[51].chat)


@pytest.mark.parametrize("method", [LIST, CONTACTS])
async def test_a_list_that_fails_fails_the_look(method):
    """Without rows, nothing is known of any ticket."""
    closed = AccountClosed("ACCESS_DENIED", "no plan")
    bitrix24 = Bitrix24(row(51), **{method.replace(".", "_"): closed})

    with pytest.raises(AccountClosed):
        await look_at(bitrix24, {51: None}, contact_ids=[43])


async def test_a_ticket_that_fails_holds_up_no_other():
    """One chat that cannot be read is one error among looks."""
    broken = BitrixBroken("", "timeout")

    def search(command):
        chat_id = command.params["CHAT_ID"]
        return broken if chat_id == 58 else {"messages": [chat_message(5)]}

    bitrix24 = Bitrix24(
        row(51, chatId=58), row(52, chatId=59), im_dialog_messages_search=search
    )
    wanted = {51: known(51, chat_id=58), 52: known(52, chat_id=59)}
    seen, _ = await look_at(bitrix24, wanted)

    assert ({51: broken}, [52]) == (seen.errors, list(seen.looks))


async def test_a_confirmation_that_fails_is_an_error():
    """A task whose absence could not be confirmed is not gone."""
    broken = BitrixBroken("", "timeout")
    seen, _ = await look_at(Bitrix24(tasks_task_get=broken), {51: known(51)})

    assert ({51: broken}, set()) == (seen.errors, seen.others)


@pytest.mark.parametrize("nothing", [[], {}, None])
async def test_empty_answers_are_nothing(nothing):
    """An empty map is [] in PHP: nobody there, nothing written."""
    bitrix24 = Bitrix24(
        row(52, chatId=58, forumTopicId="9", auditors=nothing, tags=nothing),
        im_dialog_messages_search=nothing,
        task_commentitem_getlist=nothing,
        tasks_task_get=nothing,
        crm_contact_list=nothing,
    )
    seen, _ = await look_at(bitrix24, {51: None, 52: None}, contact_ids=[43])

    assert ({51}, {43}) == (seen.gone, seen.lost)
    assert (None, ()) == (seen.looks[52].forum, seen.looks[52].chat)
