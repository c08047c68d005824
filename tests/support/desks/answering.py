"""A desk whose customers answer mails."""

from desk import until

REPLY_ADDRESS = "support+{token}@example.com"


async def with_mail_in(desk, *, settings=None, **update):
    """Connect the account of a shared desk that takes answers in, and return it."""
    desk.settings = desk.settings.model_copy(
        update={
            "reply_address": REPLY_ADDRESS,
            "lmtp": f"unix:{desk.folder}/lmtp.sock",
            **update,
        }
    )
    await desk.connect(**({"settings": settings} if settings else {}))
    desk.world.skew_seconds = 5
    return desk


def socket_of(desk):
    """Return where mail is handed over to it."""
    return desk.settings.lmtp.removeprefix("unix:")


async def told(desk, task, text="Please restart it."):
    """Let staff answer; return the mail that the customer gets."""
    desk.comment(task, text)
    await until(lambda: any(text in body for body in desk.mailbox.texts()))
    return next(mail for mail, body in desk.mailbox.read() if text in body)
