"""The mail server: handing mails over, and what it says to them."""
