"""How long what a worker has claimed is left to it, in milliseconds.

A worker that is killed renews nothing: what it had claimed comes back by itself.
`worker.keeping` renews every second what may take long, so those claims outlive several
missed renewals.
"""

# Renewed: the lease of an account that is looked at, commands, letters, mails that
# came. A command and a letter survive if Redis is silent for as long as a command of
# Redis may take.
LOOK_MS = 4_000
COMMAND_MS = 6_000
LETTER_MS = 6_000
MAIL_MS = 15_000

# Not renewed: events, which take no time, and what is claimed for the whole of its
# work.
EVENT_MS = 4_000
INSTALLATION_MS = 60_000
LINK_MS = 120_000
INTRODUCTION_MS = 120_000
