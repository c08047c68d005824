"""How customers get in: passwords, links, invitations, sessions, and who looks on."""
