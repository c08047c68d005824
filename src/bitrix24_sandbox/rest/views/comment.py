"""How comments and their files look in task.commentitem.*."""

from bitrix24_sandbox.account.conversations import reading
from bitrix24_sandbox.account.records import Comment
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call


def view(call: Call, comment: Comment) -> dict[str, Json]:
    """Show a comment as task.commentitem.* do."""
    user = call.world.users.get(comment.author_id)
    shown: dict[str, Json] = {
        "POST_MESSAGE_HTML": None,
        "ID": str(comment.id),
        "AUTHOR_ID": str(comment.author_id),
        "AUTHOR_NAME": user.full_name if user else "",
        "AUTHOR_EMAIL": "",
        "POST_DATE": call.world.iso(comment.posted_at, call.by),
        "POST_MESSAGE": _kept(call, reading.text_of(call.world, comment, call.by)),
    }
    if comment.attachments:
        shown["ATTACHED_OBJECTS"] = {
            str(number): _attached(call, number) for number in comment.attachments
        }
    return shown


def _kept(call: Call, text: str) -> str:
    """Return a text as the database stores it."""
    if not call.world.switches.comment_emoji_codes or text.isascii():
        return text
    return "".join(c if c < "\U00010000" else f":{c.encode().hex()}:" for c in text)


def _attached(call: Call, number: int) -> dict[str, str]:
    file = call.world.files[call.world.attachments[number].object_id]
    token = call.caller.code or call.caller.token
    link = f"/bitrix/tools/disk/uf.php?attachedId={number}&auth%5Bauth%5D={token}"
    return {
        "ATTACHMENT_ID": str(number),
        "NAME": file.name,
        "SIZE": str(len(file.content)),
        "FILE_ID": str(file.file_id),
        "DOWNLOAD_URL": f"{link}&action=download&ncc=1",
        "VIEW_URL": f"{link}&action=show&ncc=1",
    }
