"""The classic batch."""


async def test_batch_answers_by_key(rest):
    """A batch answers 200, with a map of results and [] for what is empty."""
    body = await rest.batch(a="profile", b="tasks.task.list?filter[ID][]=51")

    assert "1" == body["result"]["a"]["ID"]
    assert {"b": 1} == body["result_total"]
    assert [] == body["result_error"]
    assert [] == body["result_next"]
    assert {"a", "b"} == body["result_time"].keys()


async def test_failed_commands_stand_aside(rest):
    """A failed command is only in result_error, and the next ones run."""
    body = await rest.batch(
        a="crm.contact.get?id=999", b="no.such", c="crm.contact.get?id=43"
    )

    assert ["c"] == list(body["result"])
    assert {"error": "", "error_description": "Not found"} == body["result_error"]["a"]
    assert "ERROR_METHOD_NOT_FOUND" == body["result_error"]["b"]["error"]


async def test_halt(rest):
    """With halt nothing runs after the first error."""
    body = await rest.result(
        "batch", halt=1, cmd={"a": "profile", "b": "no.such", "c": "profile"}
    )

    assert ["a"] == list(body["result"])
    assert ["b"] == list(body["result_error"])


async def test_list_of_commands_stays_a_list(rest):
    """Commands without keys come back as a list, with a hole as a map."""
    whole = await rest.result("batch", cmd=["profile", "user.admin"])
    holed = await rest.result("batch", cmd=["no.such", "user.admin"])

    assert True is whole["result"][1]
    assert {"1": True} == holed["result"]


async def test_form_batch(rest):
    """A batch in a form is encoded twice and means the same."""
    form = {"cmd[x]": "tasks.task.list?filter%5BTITLE%5D=%25a%2Bb%25", "halt": "0"}
    async with rest.session.post(rest.root + "batch", data=form) as response:
        body = (await response.json())["result"]

    assert 0 == body["result_total"]["x"]


async def test_references(rest, chat_task):
    """A reference is replaced, also in the middle of a text."""
    body = await rest.batch(
        t=f"tasks.task.get?taskId={chat_task.id}",
        m="im.dialog.messages.get?DIALOG_ID=chat$result[t][task][chatId]&LAST_ID=99999",
        u="user.get?ID=$result[t][task][createdBy]",
        v="user.get?ID=$result[u][0][ID]",
    )

    assert chat_task.chat_id == body["result"]["m"]["chat_id"]
    assert "1" == body["result"]["v"][0]["ID"]


async def test_reference_to_a_list(rest):
    """A value that is a reference as a whole may become a list."""
    found = "crm.duplicate.findbycomm?type=EMAIL&entity_type=CONTACT&values[]="
    body = await rest.batch(
        d=found + "office.dubois@example.com",
        l="crm.contact.list?filter[@ID]=$result[d][CONTACT]",
    )

    assert ["46", "47"] == [row["ID"] for row in body["result"]["l"]]


async def test_missing_reference_selects_everything(rest):
    """An empty reference makes an empty filter: everyone comes back."""
    found = "crm.duplicate.findbycomm?type=EMAIL&entity_type=CONTACT&values[]="
    body = await rest.batch(
        d=found + "nobody@example.com",
        l="crm.contact.list?filter[@ID]=$result[d][CONTACT]",
    )

    assert [] == body["result"]["d"]
    assert 10 == len(body["result"]["l"])


async def test_fifty_commands(rest):
    """The 51st command fails and the first 50 run."""
    body = await rest.result("batch", cmd={f"c{n}": "user.admin" for n in range(52)})

    assert 50 == len(body["result"])
    assert {"c50", "c51"} == body["result_error"].keys()
    assert {"ERROR_BATCH_LENGTH_EXCEEDED"} == {
        error["error"] for error in body["result_error"].values()
    }
    calls = await rest.control("GET", "calls")
    assert (1, 52) == (calls["http"], calls["batch_commands"])


async def test_forbidden_inside(rest, world):
    """Batches and uploads are refused inside a batch; uploads by a switch."""
    upload = "disk.folder.uploadFile?id=1"
    body = await rest.batch(a="batch?cmd[x]=profile", b=upload)
    assert {"ERROR_BATCH_METHOD_NOT_ALLOWED"} == {
        error["error"] for error in body["result_error"].values()
    }

    world.switches.uploads_in_batch = True
    body = await rest.batch(b=upload)
    assert "ERROR_NOT_FOUND" == body["result_error"]["b"]["error"]


async def test_scope_inside(rest):
    """A command outside the scopes fails alone."""
    async with rest.session.post(
        rest.limited_root + "batch",
        json={"cmd": {"a": "crm.contact.list", "b": "scope"}},
    ) as response:
        body = (await response.json())["result"]

    assert "insufficient_scope" == body["result_error"]["a"]["error"]
    assert "b" in body["result"]
