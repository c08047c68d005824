"""Whether visitors' addresses are seen through the proxies."""


def wrong_addresses(
    forwarded: str, proxies: int, *, forged: str, behind_proxy: bool
) -> str:
    """Say what is wrong with X-Forwarded-For; "" if visitors are seen as they are.

    `forwarded` is what arrived of a request that came with `forged`, as a stranger
    might write it. `behind_proxy` if there must be one, as somebody ended its TLS.
    """
    entries = [part.strip() for part in forwarded.split(",") if part.strip()]
    if entries == [forged]:
        if not (proxies or behind_proxy):
            return ""
        return (
            "the proxy passes X-Forwarded-For on as visitors write it, so anybody"
            " chooses his address (proxy_set_header X-Forwarded-For $remote_addr;)"
        )
    added = len(entries) - (forged in entries)
    if not entries and (proxies or behind_proxy):
        return (
            "the proxy passes no X-Forwarded-For on, so all visitors count as one"
            " (proxy_set_header X-Forwarded-For $remote_addr;)"
        )
    if added == proxies or (added < proxies and forged not in entries):
        return ""
    if not proxies:
        return (
            "TICKET24_PROXIES is 0, so all visitors count as one, the proxy:"
            f" set TICKET24_PROXIES={added}"
        )
    names = "1 proxy adds" if added == 1 else f"{added} proxies add"
    return (
        f"TICKET24_PROXIES is {proxies} and {names} to X-Forwarded-For, so"
        f" {'a visitor may forge his address' if added < proxies else 'visitors count'}"
        f"{'' if added < proxies else ' as a proxy of yours'}:"
        f" set TICKET24_PROXIES={added}"
    )
