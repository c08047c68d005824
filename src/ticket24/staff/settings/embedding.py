"""What a company copies into its website, so that anybody can write to a department."""

from html import escape

from ticket24 import i18n
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.settings.model import Language
from ticket24.i18n import noop
from ticket24.settings import Settings

_TITLE = noop("Write to us")
_GO = noop("Continue")
_FIELDS = (
    ("email", noop("Email address"), 'inputmode="email" autocomplete="email" required'),
    ("name", noop("Name"), 'autocomplete="name"'),
    ("subject", noop("Subject"), 'maxlength="200" required'),
)
_TEXT = noop("Your message")


def mail_address(settings: Settings, slug: str) -> str:
    """Return where anybody mails an account; "" if nobody takes mail in."""
    taken = settings.lmtp or settings.imap_url.get_secret_value()
    if not (settings.reply_address and taken):
        return ""
    return ReplyAddresses(settings.reply_address, _no_digests).of_account(slug)


def _no_digests(_: str) -> list[str]:
    return []


def snippets(contact_url: str, department: str, language: Language) -> dict[str, str]:
    """Return the form's address, and HTML that shows it or leads to it.

    `department` is the workgroup of one among several, otherwise empty. The HTML is in
    the `language` of the company, for its website.
    """
    say = i18n.translations(language).gettext
    query = f"?department={department}" if department else ""
    address = f"{contact_url}{query}"
    rows = [f'<form method="post" action="{escape(contact_url)}">']
    if department:
        hidden = f'name="department" value="{escape(department)}"'
        rows.append(f'<input type="hidden" {hidden}>')
    rows += [
        f'<p><label>{escape(say(words))}<br><input name="{name}" {more}></label></p>'
        for name, words, more in _FIELDS
    ]
    area = '<textarea name="text" rows="8" required></textarea>'
    rows += [
        f"<p><label>{escape(say(_TEXT))}<br>{area}</label></p>",
        f"<p><button>{escape(say(_GO))}</button></p>",
        "</form>",
    ]
    frame = (
        f'<iframe src="{escape(address)}" title="{escape(say(_TITLE))}"'
        ' loading="lazy" style="width:100%;height:48rem;border:0"></iframe>'
    )
    return {"link": address, "frame": frame, "plain": "\n".join(rows)}
