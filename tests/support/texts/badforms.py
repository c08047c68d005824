"""Forms that no browser sends: broken, endless, strangely encoded."""

B = "boundary"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={B}"}
PLAIN = {"Content-Type": "application/x-www-form-urlencoded"}
END = f"--{B}--\r\n".encode()


def part(name, value=b"", more="", filename=None):
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{B}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{more}\r\n'
    return head.encode() + value + b"\r\n"


def odd_bodies(token, by_header=None):
    """Return headers and bodies that no browser sends, by what is odd about them.

    `by_header` is how a script proves where it is; the portal's forms go without.
    """
    good = part("csrf_token", token.encode())
    by_header = by_header or {"X-CSRF-Token": token}
    plain = f"csrf_token={token}&".encode()

    def encoded(charset, body):
        return {"Content-Type": f"{PLAIN['Content-Type']}; charset={charset}"}, body

    no_boundary = {"Content-Type": "multipart/form-data"}
    long_boundary = {"Content-Type": f"multipart/form-data; boundary={'x' * 100}"}
    nested = f"--{B}\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z--\r\n"
    return {
        "no boundary": (no_boundary, b"abc"),
        "no boundary, but a token": (no_boundary | by_header, b"abc"),
        "long boundary": (long_boundary | by_header, b"abc"),
        "no kind of multipart": ({"Content-Type": "multipart/"} | by_header, b"abc"),
        "garbage": (MULTIPART, b"garbage"),
        "garbage, but a token": (MULTIPART | by_header, b"garbage"),
        "nothing": (MULTIPART | by_header, b""),
        "broken off": (MULTIPART, good + part("subject", b"x")[:-2]),
        "broken off in a file": (
            MULTIPART,
            good
            + part("files", b"x" * 9, filename="a.txt")
            + part("files", b"x", filename="b.txt")[:-2],
        ),
        "part without a name": (
            MULTIPART,
            good
            + f"--{B}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode()
            + END,
        ),
        "no headers": (MULTIPART, good + f"--{B}\r\n\r\nx\r\n".encode() + END),
        "header without a colon": (
            MULTIPART,
            f"--{B}\r\nx\r\n\r\nx\r\n".encode() + END,
        ),
        "huge header": (
            MULTIPART,
            good + f"--{B}\r\nX: {'a' * 20_000}\r\n\r\nx\r\n".encode() + END,
        ),
        "many headers": (
            MULTIPART,
            good + f"--{B}\r\n".encode() + b"X: a\r\n" * 500 + b"\r\nx\r\n" + END,
        ),
        "parts in parts": (MULTIPART, good + nested.encode() + END),
        "parts first": (MULTIPART, nested.encode() + END),
        "many parts": (MULTIPART, good + part("a", b"b") * 1_000 + END),
        "token of no encoding": (
            MULTIPART,
            part("csrf_token", b"x", "Content-Transfer-Encoding: foo\r\n") + END,
        ),
        "token of no charset": (
            MULTIPART,
            part("csrf_token", b"x", "Content-Type: text/plain; charset=foo\r\n") + END,
        ),
        "token of bytes": (MULTIPART, part("csrf_token", b"\xff\xfe") + END),
        "token of a megabyte": (MULTIPART, part("csrf_token", b"x" * 10**6) + END),
        "field packed": (
            MULTIPART,
            good + part("subject", b"x", "Content-Encoding: gzip\r\n") + END,
        ),
        "field of bytes": (
            MULTIPART,
            good + part("subject", b"\xff\xed\xa0\x80") + END,
        ),
        "many fields": (PLAIN, plain + b"a=b&" * 5_000),
        "a field of megabytes": (PLAIN, plain + b"text=" + b"a" * 3_000_000),
        "a part of megabytes": (MULTIPART, good + part("text", b"a" * 3_000_000) + END),
        "unknown charset": encoded("foo", plain),
        "charset that is none": encoded("hex", plain),
        "wide charset": encoded("utf-16", plain),
        "charset of surrogates": encoded("unicode_escape", plain + rb"subject=\ud800"),
        "bytes": (PLAIN, plain + b"subject=\xff\xfe"),
        "surrogates": (PLAIN, plain + b"subject=%ED%A0%80&department=%ED%A0%80"),
        "packed, but not": (
            PLAIN | by_header | {"Content-Encoding": "gzip"},
            b"subject=1",
        ),
        "JSON": ({"Content-Type": "application/json"} | by_header, b'{"subject": 1}'),
        "text": ({"Content-Type": "text/plain"} | by_header, b"subject=1"),
        "from no address": (PLAIN | {"Origin": "http://["}, plain),
        "token of no letters": (PLAIN | dict.fromkeys(by_header, "\xe4\xff"), b"a=b"),
    }
