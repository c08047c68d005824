"""What files of strangers are called, and which of them start programs."""

import pytest

from ticket24.domain.commands.files import file_name, is_program, shown_type


@pytest.mark.parametrize(
    "name",
    [
        *("setup.exe", "SETUP.EXE", "run.bat", "a.cmd", "a.com", "a.scr", "a.js"),
        *("a.vbs", "a.ps1", "a.msi", "a.jar", "a.lnk", "a.hta", "photo.png.exe"),
        *("a.img", "a.vhd", "a.vhdx", "a.jnlp", "a.appref-ms", "a.settingcontent-ms"),
        *("a.library-ms", "a.search-ms", "a.diagcab", "a.one", "a.ps1xml", "a.mht"),
        *("a.mhtml", "a.command", "a.desktop", "a.xlsm", "a.docm", "a.pptm", "a.xlam"),
        *("a.dotm", "a.iso", "a.wsf", "a.scf", "a.url", "a.msix", "a.appx", "a.chm"),
        *("a.xll", "a.iqy", "a.slk", "a.theme", "a.webloc", "a.terminal", "a.action"),
        *("a.ex", "a.mjs", "a.asx", "a.bgi", "a.htc", "a.osd", "a.udl", "a.maq"),
        *("a.csh", "a.xla", "a.ppa"),
        *("a.workflow", "a.pkg", "a.dmg", "a.rdp", "a.searchconnector-ms", ".exe"),
        *("a.exe.", "a.exe ", "a.exe . .", "a.exe\u00a0", "a. exe", "a.exe\u3000"),
        *("a.exe::$DATA", "a.txt:b.exe", "a.exe:b.txt", "a.e\u200bxe", "a.e\u200dxe"),
        *("a.e\u00adxe", "a.\uff45\uff58\uff45", "a\uff0eexe", "a\u2024exe"),
        *("\u202egnp.exe", "photo\u202egpj.exe", "a.exe\x00.png\x00:.exe"),
        *("a.e\ufe0fxe\ufeff", "a.p\u017f1", "a.\U0001d41e\U0001d431\U0001d41e"),
        *("invoice.pdf.com", "example.com", "a.COM", "x" * 300 + ".exe"),
        *("a\\b/c.exe", "a.tar.gz.exe", "a.exe\u2028", "a.e\u034fxe\u061c"),
    ],
)
def test_programs_are_refused_by_name(name):
    """What starts something is refused, whatever the spelling, cleaned or not."""
    assert is_program(name)
    assert is_program(file_name(name))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "photo.png",
            "exe",
            "report.v1.pdf",
            ".bashrc",
            "Ä",
            "a.zip",
            "a.7z",
            "a.rar",
        ),
        *("a.docx", "a.xlsx", "a.exe.txt", "a.html", "a.sh", "a.py", "a.eml", "a.msg"),
        *("a.com.pdf", ".gitignore", "exe.pdf", "a.mdb", "a.cab", "a.pem", "a.one.txt"),
        "www.example.com",
    ],
)
def test_other_files_are_welcome(name):
    """A name without a dangerous ending is no reason to refuse a file."""
    assert not is_program(name)
    assert name == file_name(name)


def test_a_program_that_is_called_like_a_page_is_none():
    """A saved page may be called as its address, a program of Windows may not."""
    assert not is_program("www.example.com", b"<!doctype html>")
    assert is_program("www.example.com", b"MZ\x90\x00")
    assert is_program("www.exe", b"<!doctype html>")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("photo.png", "photo.png"),
        ("C:\\Users\\anna\\Übersicht 1.docx", "Übersicht 1.docx"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: b.png", "a Set-Cookie: b.png"),
        ("a\r\nContent-Type: text/html\x00.txt", "html .txt"),
        ("\u202egnp.txt", "gnp.txt"),
        ("two\u2028lines\tand\u00a0tabs.txt", "two lines and tabs.txt"),
        ("u\u0308.txt", "ü.txt"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        (".gitignore", ".gitignore"),
        (".htaccess", ".htaccess"),
        ("a.txt. .", "a.txt"),
        ("x" * 300 + ".pdf", "x" * 145 + "….pdf"),
        ("x" * 400 + ".tar.gz", "x" * 146 + "….gz"),
        ("x" * 300, "x" * 149 + "…"),
        ("a." + "y" * 400, "a." + "y" * 147 + "…"),
        ("\u0316\u0301" * 5_000 + ".png", "…"),
    ],
)
def test_file_names_are_only_for_display(raw, name):
    """A name loses folders and what is invisible, and keeps its ending."""
    shown = file_name(raw)

    assert len(shown) <= 150
    assert "/" not in shown
    assert name == shown or (name == "…" and shown.endswith("….png"))


WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84"


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        (b"\0\0\0\x24ftypisom\0\0\x02\0isomiso6vp09mp41", "video/mp4"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4"),
        (b"\0\0\0\x1cftypM4V \0\0\0\x01isom", "video/mp4"),
        (WEBM + b"webmB\x87\x81\x04", "video/webm"),
        (WEBM + b"matroska", ""),
        (b"\x1aE\xdf\xa3" + bytes(60) + WEBM[4:] + b"webm", ""),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", ""),
        (b"\0\0\0\x1cftypM4A \0\0\0\0isom", ""),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1", ""),
        (b"<!--ftypisom--><script>alert(1)</script>", ""),
        (b"<script>alert(1)</script>ftypisom", ""),
        (b"\0\0\0\x24ftyp", ""),
    ],
)
def test_a_video_is_known_by_its_first_bytes(head, type_):
    """What begins as a page, a sound or another film is no video of ours."""
    assert type_ == shown_type(head)
