"""A mail server that hands mail over to us by LMTP, line by line as they do."""

import asyncio
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP


class Handing:
    """One session; each method returns the server's answers."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    async def say(self, line, answers=1):
        self._writer.write(line if isinstance(line, bytes) else f"{line}\r\n".encode())
        return [await self._answer() for _ in range(answers)]

    async def _answer(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = (await self._reader.readline()).decode()
            if not line:
                return "".join(lines) or "gone"
            lines.append(line)
        return "".join(lines).strip()

    async def mail(self, raw, *recipients, sender="maria@example.com"):
        """Hand one mail over; return the answer for each recipient."""
        await self.say(f"MAIL FROM:<{sender}>")
        said = [(await self.say(f"RCPT TO:<{one}>"))[0] for one in recipients]
        taken = [one for one in said if one.startswith("250")]
        if not taken:
            await self.say("RSET")
            return said
        await self.say("DATA")
        body = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:] + b"\r\n.\r\n"
        results = iter(await self.say(body, len(taken)))
        return [next(results) if one.startswith("250") else one for one in said]


@asynccontextmanager
async def handing_over(path):
    """Open a session at a socket."""
    reader, writer = await asyncio.open_unix_connection(path, limit=2**20)
    session = Handing(reader, writer)
    await session.say(b"")
    await session.say("LHLO mx.example.com")
    try:
        yield session
    finally:
        writer.close()


def answer_to(mail, text, *, by=None, files=(), **heads):
    """Return the bytes of a reply to one of our mails, as a mail program writes it."""
    reply = EmailMessage(policy=SMTP)
    reply["From"] = by or mail["To"]
    reply["To"] = heads.pop("to", mail["Reply-To"] or mail["From"])
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Message-ID"] = heads.pop("message_id", f"<{abs(hash(text))}@example.com>")
    reply["In-Reply-To"] = mail["Message-ID"]
    reply["References"] = f"{mail['References']} {mail['Message-ID']}"
    for name, value in heads.items():
        reply[name.replace("_", "-")] = value
    quoted = mail.get_body(("plain",)).get_content().splitlines()
    reply.set_content(
        f"{text}\n\nOn Mon, Nov 30, 2026 at 12:20 PM {mail['From']} wrote:\n"
        + "".join(f"> {one}\n" for one in quoted)
    )
    for name, content in files:
        reply.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return reply.as_bytes()


def address_in(mail):
    """Return the address that an answer to this mail goes to."""
    return mail["Reply-To"].addresses[0].addr_spec


BOUNCE = """\
From: MAILER-DAEMON@mx.example.com
To: support@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; {words}

--b
Content-Type: text/rfc822-headers

From: Acme Support <support@example.com>
To: {to}
Message-ID: {id}
--b--
"""


def bounce(to, id_, words="550 5.1.1 no such mailbox here"):
    """Return the bytes in which a mail server sends back one of our mails, by name."""
    return BOUNCE.format(to=to, id=id_, words=words).replace("\n", "\r\n").encode()
