"""Files of strangers by their names: what they are called, which are programs."""

import unicodedata

from ticket24.domain.lines import one_line

NAME_LENGTH = 150

# Longer names are cut before their letters are examined one by one.
_LONGEST = 1_000
_LONGEST_ENDING = 20

# Files that act by themselves when a member of staff opens them: programs, scripts,
# links to them, installers, disks that are mounted, documents with macros. The lists
# of Gmail and Outlook are the source, without the archives, databases and certificates
# of daily work. Files that Windows, macOS and Linux merely show are welcome.
_PROGRAMS = frozenset(
    [
        *("accda", "accde", "accdr", "action", "ade", "adp", "apk", "app"),
        *("appcontent-ms", "appimage", "appinstaller", "applescript", "application"),
        *("appref-ms", "appx", "appxbundle", "asx", "bas", "bat", "bgi", "cdxml"),
        *("chm", "cmd", "command", "cpl", "crx", "csh", "deb", "deskthemepack"),
        *("desktop", "diagcab", "diagcfg", "diagpkg", "dll", "dmg", "docm", "dotm"),
        *("drv", "elf", "ex", "ex_", "exe", "fileloc", "flatpakref", "fxp", "gadget"),
        *("grp", "hlp", "hpj", "hta", "htc", "img", "inetloc", "inf", "ins", "iqy"),
        *("iso", "isp", "its", "jar", "jnlp", "job", "js", "jse", "ksh", "lib"),
        *("library-ms", "lnk", "mad", "maf", "mag", "mam", "maq", "mas", "mau", "mav"),
        *("maw", "mcf", "mda", "mde", "mdt", "mdw", "mdz", "mht", "mhtml", "mjs"),
        *("mobileconfig", "msc", "msh", "msh1", "msh1xml", "msh2", "msh2xml", "mshxml"),
        *("msi", "msix", "msixbundle", "msp", "mst", "msu", "nsh", "ocx", "one"),
        *("onepkg", "ops", "oqy", "osd", "osdx", "pcd", "pif", "pkg", "plg", "potm"),
        *("ppa", "ppam", "ppkg", "ppsm", "pptm", "prefpane", "prf", "prg"),
        *("printerexport", "ps1", "ps1xml", "ps2", "ps2xml", "psc1", "psc2", "psd1"),
        *("psdm1", "psm1", "pssc", "pyc", "pyo", "pyw", "pyz", "pyzw", "rdp", "reg"),
        *("rpm", "rqy", "run", "scf", "scpt", "scptd", "scr", "sct", "search-ms"),
        *("searchconnector-ms", "settingcontent-ms", "shb", "shs", "sldm", "slk"),
        *("sys", "terminal", "theme", "themepack", "tool", "udl", "url", "vb", "vbe"),
        *("vbp", "vbs", "vhd", "vhdx", "vsix", "vsmacros", "vsw", "vxd", "webloc"),
        *("webpnp", "website", "wim", "wll", "workflow", "ws", "wsb", "wsc", "wsf"),
        *("wsh", "xbap", "xla", "xlam", "xll", "xlm", "xlsm", "xltm", "xnk", "xpi"),
    ]
)

# Pictures by their content, whatever their names: how the file begins, and how it goes
# on after eight bytes.
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", b"", "image/png"),
    (b"\xff\xd8\xff", b"", "image/jpeg"),
    (b"GIF87a", b"", "image/gif"),
    (b"GIF89a", b"", "image/gif"),
    (b"RIFF", b"WEBP", "image/webp"),
)

# Videos that browsers play, by what stands first: in MP4 a box of its length, `ftyp`
# and a brand (sound, pictures and QuickTime have others); in WebM a head of EBML that
# names the kind of document.
_MP4 = b"ftyp"
_MP4_BRANDS = frozenset(
    [
        *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8"),
        *(b"iso9", b"mp41", b"mp42", b"avc1", b"av01", b"M4V ", b"M4VH", b"M4VP"),
        *(b"MSNV", b"dash", b"f4v "),
    ]
)
_MOST_BOX_BYTES = 1_024
_EBML, _WEBM = b"\x1aE\xdf\xa3", b"\x42\x82\x84webm"

_PDF = b"%PDF-"

# How much of a file tells what it is.
HEAD_BYTES = 64

# How a Windows program begins, whatever its name.
_WINDOWS = b"MZ"


def file_name(raw: str, nameless: str = "file") -> str:
    """Return a safe name for a file: one line, no folders, nothing invisible.

    It has at most 150 characters, and keeps its extension. A leading dot stays;
    trailing characters that Windows drops are removed. What has no name is called
    `nameless`.
    """
    last = raw.replace("\\", "/").rpartition("/")[2]
    if len(last) > _LONGEST:
        last = last[: _LONGEST // 2] + last[-_LONGEST // 2 :]
    line = one_line(unicodedata.normalize("NFC", last)).rstrip(". ")
    if not line.strip(". "):
        return nameless
    if len(line) <= NAME_LENGTH:
        return line
    stem, dot, ending = line.rpartition(".")
    end = f"…{dot}{ending}" if stem and len(ending) <= _LONGEST_ENDING else "…"
    return line[: NAME_LENGTH - len(end)] + end


def picture_type(head: bytes) -> str:
    """Return the type of a picture by its first `HEAD_BYTES`, or "".

    Browsers may show these types, and a company's logo may be one of them.
    """
    for start, later, type_ in _PICTURES:
        if head.startswith(start) and head[8:12].startswith(later):
            return type_
    return ""


def video_type(head: bytes) -> str:
    """Return the type of a video by its first `HEAD_BYTES`, or ""."""
    box = int.from_bytes(head[:4])
    if head[4:8] == _MP4 and head[8:12] in _MP4_BRANDS and box <= _MOST_BOX_BYTES:
        return "video/mp4"
    if head.startswith(_EBML) and _WEBM in head[:HEAD_BYTES]:
        return "video/webm"
    return ""


def shown_type(head: bytes) -> str:
    """Return the type of what pages show by its first `HEAD_BYTES`, or ""."""
    return picture_type(head) or video_type(head)


def is_pdf(head: bytes) -> bool:
    """Whether a file is a PDF by its first `HEAD_BYTES`."""
    return head.startswith(_PDF)


def is_program(name: str, start: bytes = b"") -> bool:
    """Tell whether opening a file with this name runs a program.

    The name is read as the most careless system would read it: full-width letters count
    as plain ones, invisible characters are ignored, trailing blanks and dots are
    dropped, and a colon may end the name. `start` is how the file begins:
    `www.example.com` is a saved page, unless it begins as a program does.
    """
    plain = unicodedata.normalize("NFKC", name[-_LONGEST:]).casefold()
    seen = "".join(c for c in plain if unicodedata.category(c)[0] not in "CM")
    for part in seen.split(":"):
        _, dot, ending = part.rstrip(". \u00a0").rpartition(".")
        if dot and ending.strip() in _PROGRAMS:
            return True
        if dot and ending.strip() == "com":
            return not part.startswith("www.") or start.startswith(_WINDOWS)
    return False
