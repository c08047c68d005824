"""How a look reads chats: with or without a search, page by page, to an end."""

import sys

import pytest
from wire import (
    FORUM,
    GET,
    LIST,
    OLD_SEARCH,
    SEARCH,
    UPDATE,
    Bitrix24,
    Looking,
    chat_message,
    known,
    look_at,
    numbers,
    row,
)

from ticket24.bitrix.rest.errors import (
    AccessDenied,
    BitrixBroken,
    Permanent,
    UnknownMethod,
)
from ticket24.domain.tickets.reasons import Cause


async def test_a_list_without_chats_is_asked_again_by_itself():
    """If the list does not say whether there is a chat, the task itself does."""
    listed = {name: value for name, value in row(51).items() if name != "chatId"}
    bitrix24 = Bitrix24(
        row(51, chatId=58), chats={58: [5]}, tasks_task_list={"tasks": [listed]}
    )
    seen, methods = await look_at(bitrix24, {51: None})

    assert [LIST, GET, SEARCH] == methods
    assert [5] == numbers(seen.looks[51].chat)


async def test_a_bitrix24_that_knows_no_chats_is_read_by_its_forum():
    """A column that is nowhere to be seen is asked for once in hours."""
    old = {name: value for name, value in row(51).items() if name != "chatId"}
    looking = Looking(Bitrix24(old | {"forumTopicId": "9"}, comments={51: [5]}))
    seen = await looking.look({51: None})

    assert [LIST, GET, FORUM] == looking.methods
    assert [5] == numbers(seen.looks[51].forum)

    for _ in range(2):
        seen = await looking.look({51: known(51)})
        assert [LIST, FORUM] == looking.methods
        assert 1 == looking.caller.requests
        assert [5] == numbers(seen.looks[51].forum)

    looking.later = 7 * 3600.0
    for methods in ([LIST, FORUM, GET], [LIST, FORUM]):
        await looking.look({51: known(51)})
        assert methods == looking.methods


async def test_chats_that_come_later_are_seen_at_once():
    """If an account that showed no chats for hours shows one, it is read."""
    old = {name: value for name, value in row(51).items() if name != "chatId"}
    bitrix24 = Bitrix24(old, chats={58: [5]})
    looking = Looking(bitrix24)
    await looking.look({51: None})
    bitrix24.tasks[51] = row(51, chatId=58)
    seen = await looking.look({51: known(51)})

    assert [5] == numbers(seen.looks[51].chat)
    assert [LIST, FORUM, SEARCH] == looking.methods


async def test_chats_that_only_a_task_tells_cost_no_further_round():
    """If the list does not mention them, each task is asked beside it."""
    listed = {name: value for name, value in row(51).items() if name != "chatId"}
    bitrix24 = Bitrix24(
        row(51, chatId=58), chats={58: [5]}, tasks_task_list={"tasks": [listed]}
    )
    looking = Looking(bitrix24)
    await looking.look({51: None})
    seen = await looking.look({51: known(51, 5, chat_id=58)})

    assert [5] == numbers(seen.looks[51].chat)
    assert ([LIST, GET, SEARCH], 1) == (looking.methods, looking.caller.requests)


async def test_a_chat_is_read_from_its_window():
    """Old messages are not read again, the newest are: they may have been edited."""
    old = known(51, *range(1, 31), chat_id=58)
    bitrix24 = Bitrix24(row(51, chatId=58), chats={58: range(1, 33)})
    seen, methods = await look_at(bitrix24, {51: old})

    assert 20 == seen.looks[51].chat_from
    assert list(range(21, 33)) == numbers(seen.looks[51].chat)
    assert [LIST, SEARCH] == methods


async def test_a_long_chat_is_read_page_by_page():
    """All of a chat is read before it is looked at."""
    bitrix24 = Bitrix24(row(51, chatId=58), chats={58: range(1, 451)})
    seen, methods = await look_at(bitrix24, {51: None})

    assert list(range(1, 451)) == numbers(seen.looks[51].chat)
    assert [LIST, SEARCH, SEARCH, SEARCH, SEARCH] == methods


async def test_an_endless_chat_ends():
    """A chat that never stops answering full pages is an error in the end."""

    def endless(command):
        after = command.params["LAST_ID"]
        # The smallest page that some builds call full.
        return {"messages": [chat_message(after + n) for n in range(1, 51)]}

    bitrix24 = Bitrix24(row(51, chatId=58), im_dialog_messages_search=endless)
    seen, methods = await look_at(bitrix24, {51: None})

    assert 600 > len(methods)
    assert "more messages" in seen.errors[51].text


def of_long_texts(command):
    """Answer with a page of the longest messages that there are, and so for ever."""
    after = command.params["LAST_ID"]
    ids = range(after + 1, after + 201)
    return {"messages": [chat_message(n) | {"text": "x" * 20_000} for n in ids]}


async def test_a_chat_that_would_fill_the_memory_ends():
    """It is set aside for a person; another ticket of the look is seen."""
    bitrix24 = Bitrix24(
        *(row(n, chatId=n) for n in (51, 52)),
        chats={52: range(1, 9)},
        im_dialog_messages_search=lambda command: (
            of_long_texts(command)
            if command.params["CHAT_ID"] == 51
            else bitrix24.im_dialog_messages_search(command.params)
        ),
    )
    seen, methods = await look_at(bitrix24, {51: None, 52: None})

    assert 20 > len(methods)
    assert Cause.TOO_LONG is seen.errors[51].why.cause
    assert list(range(1, 9)) == numbers(seen.looks[52].chat)


async def test_tickets_that_are_too_long_together_are_looked_at_one_by_one():
    """No one of them is to blame: the worker then claims fewer."""

    def long(command):
        more = command.params["LAST_ID"] < 800
        return of_long_texts(command) if more else {"messages": []}

    rows = [row(n, chatId=n) for n in (51, 52, 53)]
    bitrix24 = Bitrix24(*rows, im_dialog_messages_search=long)

    with pytest.raises(BitrixBroken, match="too long to be read together"):
        await look_at(bitrix24, {51: None, 52: None, 53: None})


async def work(look):
    """Return how many lines of ours a look runs: no clock, no load changes it."""
    lines, before = 0, sys.gettrace()

    def count(frame, _event, _arg):
        nonlocal lines
        if "ticket24" not in frame.f_globals.get("__name__", ""):
            return None
        lines += 1
        return count

    sys.settrace(count)
    try:
        await look
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize(("method", "size"), [(SEARCH, 50), (OLD_SEARCH, 20)])
async def test_a_page_costs_what_it_holds(method, size):
    """However many were read before it, and however much was said beside the chat."""

    def shown(command):
        """Answer with small pages, as builds do that do not mind what they are told."""
        params = command.params | {"LIMIT": size}
        return getattr(bitrix24, method.replace(".", "_"))(params)

    overrides = {SEARCH.replace(".", "_"): UnknownMethod("", "no such method")}
    overrides |= {method.replace(".", "_"): shown}
    costs = []
    for pages in (100 // size, 300 // size, 500 // size):
        said = range(1, pages * size + 1)
        bitrix24 = Bitrix24(
            row(51, chatId=58, forumTopicId="9"),
            chats={58: said},
            comments={51: said},
            **overrides,
        )
        looking = Looking(bitrix24)
        costs.append(await work(looking.look({51: None})))

        assert pages <= looking.methods.count(method)

    assert costs[2] - costs[1] < 1.01 * (costs[1] - costs[0])


async def test_a_page_that_repeats_itself_ends():
    """A build that ignores the cursor is not asked for ever."""
    same = {"messages": [chat_message(n) for n in range(1, 201)]}
    bitrix24 = Bitrix24(row(51, chatId=58), im_dialog_messages_search=same)
    seen, methods = await look_at(bitrix24, {51: None})

    assert 200 == len(seen.looks[51].chat)
    assert [LIST, SEARCH, SEARCH] == methods


async def test_a_build_without_search_is_read_the_old_way():
    """From its newest message back, and that is remembered for the next look."""
    bitrix24 = Bitrix24(
        *(row(n, chatId=58) for n in (51, 52)),
        chats={58: range(1, 111)},
        im_dialog_messages_search=UnknownMethod("ERROR_METHOD_NOT_FOUND", "no"),
    )
    looking = Looking(bitrix24)
    seen = await looking.look({51: None})

    assert list(range(1, 111)) == numbers(seen.looks[51].chat)
    assert [LIST, SEARCH, OLD_SEARCH, OLD_SEARCH, OLD_SEARCH] == looking.methods

    await looking.look({52: known(52, *range(90, 111), chat_id=58)})
    assert [LIST, OLD_SEARCH] == looking.methods


@pytest.mark.parametrize("size", [49, 50, 51, 100, 180])
async def test_a_window_of_any_size_costs_what_it_holds(size):
    """Even one that fills its pages does; no look reads a known chat again."""
    bitrix24 = Bitrix24(
        row(51, chatId=58),
        chats={58: range(1, 2_000)},
        im_dialog_messages_search=UnknownMethod("X", "no"),
    )
    old = known(51, *range(1, 2_000 - size + 10), chat_id=58)
    seen, methods = await look_at(bitrix24, {51: old})

    assert 1_999 - size == seen.looks[51].chat_from
    assert list(range(2_000 - size, 2_000)) == numbers(seen.looks[51].chat)
    assert 1 + size // 50 == methods.count(OLD_SEARCH)


@pytest.mark.parametrize("count", [0, 1, 20, 180])
async def test_a_build_that_forgets_ids_is_read_whole(count):
    """If nothing follows a number that never existed, the newest is searched for."""

    def get(command):
        before = command.params.get("LAST_ID", 0)
        if before and before not in bitrix24.chats[58]:
            return {"messages": []}
        return bitrix24.im_dialog_messages_get(command.params)

    bitrix24 = Bitrix24(
        row(51, chatId=58),
        chats={58: range(1, count + 1)},
        im_dialog_messages_search=UnknownMethod("X", "no"),
        im_dialog_messages_get=get,
    )
    seen, _ = await look_at(bitrix24, {51: None})

    assert list(range(1, count + 1)) == numbers(seen.looks[51].chat)


async def test_a_forgotten_cursor_reads_the_chat_anew():
    """Some builds answer nothing after an id that is gone: then all is read, once."""

    def search(command):
        return bitrix24.page(58, 0, 200) if not command.params["LAST_ID"] else []

    bitrix24 = Bitrix24(
        row(51, chatId=58), chats={58: [11, 12]}, im_dialog_messages_search=search
    )
    seen, methods = await look_at(bitrix24, {51: known(51, *range(1, 12), chat_id=58)})

    assert (0, [11, 12]) == (seen.looks[51].chat_from, numbers(seen.looks[51].chat))
    assert [LIST, SEARCH, SEARCH] == methods


async def test_another_chat_is_read_whole():
    """A task that got a new chat is not read from the old one's cursor."""
    old = known(51, *range(100, 120), chat_id=57)
    bitrix24 = Bitrix24(row(51, chatId=58), chats={58: [5, 6]})
    seen, _ = await look_at(bitrix24, {51: old})

    assert (0, [5, 6]) == (seen.looks[51].chat_from, numbers(seen.looks[51].chat))


async def test_we_observe_what_we_may_not_read():
    """Shut out of a chat we become an observer, once, and read again."""
    observed = []

    def search(command):
        if observed:
            return {"messages": [chat_message(5)]}
        return AccessDenied("ACCESS_ERROR", "no")

    def update(command):
        observed.append(command.params)
        return {"task": {}}

    bitrix24 = Bitrix24(
        row(51, chatId=58), im_dialog_messages_search=search, tasks_task_update=update
    )
    seen, methods = await look_at(bitrix24, {51: None})

    assert [{"taskId": 51, "fields": {"AUDITORS": [13, 1]}}] == observed
    assert [5] == numbers(seen.looks[51].chat)
    assert [LIST, SEARCH, UPDATE, SEARCH] == methods


async def test_who_is_still_shut_out_says_so():
    """If an observer may not read it either, that is an error, not an empty chat."""
    denied = AccessDenied("ACCESS_ERROR", "no")
    bitrix24 = Bitrix24(row(51, chatId=58), im_dialog_messages_search=denied)
    seen, methods = await look_at(bitrix24, {51: None})

    assert ({51: denied}, {}, set()) == (seen.errors, seen.looks, seen.gone)
    assert [UPDATE] == [method for method in methods if method == UPDATE]


async def test_who_may_not_become_an_observer_says_so():
    """A refused observer is an error, with Bitrix24's own reason."""
    refused = Permanent("0", "Action on the task is not allowed")
    bitrix24 = Bitrix24(
        row(51, chatId=58),
        im_dialog_messages_search=AccessDenied("ACCESS_ERROR", "no"),
        tasks_task_update=refused,
    )
    seen, _ = await look_at(bitrix24, {51: None})

    assert {51: refused} == seen.errors
