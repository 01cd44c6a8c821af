"""What a flow run is called: source, entities and what it reads."""

from prefect import runtime


def run_name() -> str:
    """Such as `hubspot contacts+deals delta` or `hubspot all since 2026-02-03`."""
    given = runtime.flow_run.parameters
    entities = "+".join(given.get("entities") or ()) or "all"
    if given.get("since"):
        reads = f"since {given['since']}"
    elif given.get("full") or given.get("force_overwrite"):
        reads = "full"
    else:
        reads = "delta"
    tries = " (dry run)" if given.get("dry_run") else ""
    return f"{given.get('source')} {entities} {reads}{tries}"


def drain_name() -> str:
    """Such as `drain all` or `drain hubspot contacts+deals`."""
    given = runtime.flow_run.parameters
    entities = "+".join(given.get("entities") or ())
    return " ".join(filter(None, ("drain", given.get("source") or "all", entities)))


def look_name() -> str:
    """Such as `health of all` or `health of hubspot`."""
    return f"health of {runtime.flow_run.parameters.get('source') or 'all'}"
