"""The application in an account, and the authorization server."""
