"""What somebody in copy may ask for: the views of a customer, for one ticket alone."""

from aiohttp import web

from ticket24.portal.forms import uploading
from ticket24.portal.views import drafting, files, polling, replying, tickets

_OF = r"/p/{slug}/followed/{number:[0-9]{1,9}}-{token:[A-Za-z0-9_-]{24}}"
_FILE = rf"{_OF}/files/{{file_id:[ad][0-9]{{1,12}}}}"

routes = [
    web.get(_OF, tickets.show_ticket, name="followed"),
    web.get(f"{_OF}/status.json", polling.status),
    web.post(f"{_OF}/replies", replying.reply),
    web.post(f"{_OF}/uploads", uploading.receive_upload),
    web.post(f"{_OF}/drafts/{{form}}", drafting.save_draft),
    web.post(f"{_OF}/drafts/{{form}}/discard", drafting.discard_draft),
    web.get(_FILE, files.send_file),
    web.get(f"{_FILE}/{{size:small|medium}}", files.send_thumbnail),
]
