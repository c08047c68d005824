"""Files in a mail: which, under which names, and nothing else of it is touched."""

from email import message_from_bytes
from email.policy import default

import pytest
from examples import letter, message

from ticket24.domain.news.attached import MOST_FILES, files_of, room_of
from ticket24.domain.news.letters import Kind
from ticket24.domain.tickets.model import File, Voice
from ticket24.mail import head
from ticket24.mail.attaching import attach, has_files


def sent(name, content=b"%PDF"):
    """Attach a file to a mail, and read what arrives."""
    mail = head.new_mail()
    mail["Subject"] = "Re: [#51] Printer"
    mail.set_content("Here.\n", cte="quoted-printable")
    mail.add_alternative("<p>Here.</p>", subtype="html", cte="quoted-printable")
    mail.set_boundary("=_a")
    mail["Content-Language"] = "de"
    attach(mail, {File(7, name, len(content)): content})
    raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n", cte_type="7bit"))
    return raw, message_from_bytes(raw, policy=default)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht „März“, ausführlich.pdf", None),
        ("報告書" * 40 + ".pdf", None),
        ('a"b\\c;name=x.pdf', "c;name=x.pdf"),
        ("=?utf-8?q?x=0D=0ABcc=3A_a=40b.c?=.pdf", None),
        ("inv\u202efdp.exe\r\nBcc: a@b.c", None),
        ("../../etc/passwd", "passwd"),
        ("", "file"),
        ("Invoice 100%, €.pdf", "Invoice 100%, €.pdf"),
    ],
)
def test_names_of_files_arrive_whole(name, said):
    """In short lines, in both ways that programs read; hostile ones stay names."""
    raw, mail = sent(name)

    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert mail["Bcc"] is None
    assert ("Re: [#51] Printer", "de") == (mail["Subject"], mail["Content-Language"])
    (file,) = mail.iter_attachments()
    got = file.get_filename()
    assert said in {None, got}
    assert not set(got) & set("/\\\r\n\u202e")
    if len(name) < 100 and name.isprintable() and said is None:
        assert got == name
    assert got == str(file["Content-Type"].params["name"])
    assert b"%PDF" == file.get_content()
    assert "Here." == mail.get_body(("plain",)).get_content().strip()


@pytest.mark.parametrize("name", ["a.txt", "a.html", "mail.eml", "b", "c.ics"])
def test_no_file_is_taken_for_words_of_the_mail(name):
    """Programs show texts and mails in a mail at once."""
    _, mail = sent(name)

    (file,) = mail.iter_attachments()
    assert "application/octet-stream" == file.get_content_type()
    assert "attachment" == file.get_content_disposition()
    assert has_files(mail)


def test_a_mail_holds_what_staff_sent_and_what_fits():
    """Not what is internal, somebody else's, told before, or refused everywhere."""
    small, large = File(1, "a.pdf", 9), File(2, "b.zip", 8_000_000)
    others = (File(3, "run.EXE", 9), File(4, "unknown.pdf", 0), small)
    inside = message(5, files=(File(5, "c.pdf", 9),), voice=Voice.INTERNAL)
    guest = message(6, files=(File(6, "d.pdf", 9),), guest=True)
    theirs = message(7, files=(File(7, "e.pdf", 9),), voice=Voice.CUSTOMER)
    staff = message(files=(large, small, *others))
    one = letter(messages=(staff, inside, guest, theirs))

    def names(one, megabytes=10, inline=()):
        return [found.file.name for found in files_of(one, megabytes, inline)]

    assert ["a.pdf"] == names(one)
    assert ["b.zip", "a.pdf"] == names(one, 25)
    assert ["b.zip"] == names(one, 25, inline=[small])
    assert [] == names(one, 0)
    assert [] == names(letter(messages=one.messages, reminder=True))
    assert [] == names(letter(messages=one.messages, bare=True))
    assert [] == names(letter(messages=one.messages, in_copy=True))
    follower = letter(messages=one.messages, in_copy=True, follows=True)
    assert ["a.pdf"] == names(follower)
    opened = {"kind": Kind.CREATED, "messages": (), "files": (small,)}
    assert ["a.pdf"] == names(letter(**opened))
    assert [] == names(letter(**opened, opened_by="Anna"))
    assert [] == names(letter(**opened, in_copy=True, follows=True))
    digest = letter(messages=(), parts=(one, letter(**opened)))
    assert ["a.pdf", "a.pdf"] == names(digest)
    many = tuple(File(n, f"{n}.pdf", 9) for n in range(50))
    assert MOST_FILES == len(names(letter(messages=(message(files=many),))))


def test_a_full_mail_is_no_larger_than_it_may_be():
    """Encoded, with words of the most that a mail has."""
    content = bytes(room_of(10))
    raw, _ = sent("a.bin", content)

    assert len(raw) + 200_000 < 10_000_000
