"""Opening connections to the warehouse, all with the same session settings."""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from warehouse.errors import PoolerRefused, TooOld, WarehouseError, WarehouseUnavailable

Connection = psycopg.Connection[TupleRow]
Parameters = dict[str, str | int]

OLDEST_VERSION = 150000
CONNECT_TIMEOUT = 10  # seconds

# A peer that vanished is noticed after 10 + 3 * 5 seconds when we wait, after 30 when we send.
KEEPALIVE: Parameters = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

# Sent as statements: many poolers refuse a connection whose start packet carries `options`.
# A run's lock connection idles while the run lasts, so an idle limit of the server must not end it.
SESSION = sql.SQL("""
    select set_config('TimeZone', 'UTC', false),
           set_config('DateStyle', 'ISO, YMD', false),
           set_config('IntervalStyle', 'postgres', false),
           set_config('idle_session_timeout', '0', false),
           set_config('statement_timeout', %s, false),
           set_config('search_path', quote_ident(%s), false)
""")


def connect(
    url: str,
    *,
    application_name: str = "crm-sync",
    autocommit: bool = True,
    statement_timeout: int = 0,
    schema: str = "public",
) -> Connection:
    """Open a connection in UTC, UTF-8 and autocommit; `statement_timeout` is in ms, 0 for none.

    `schema` has the bookkeeping tables, which statements name without it.
    """
    given = parameters(url)
    defaults: Parameters = {
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": application_name,
        **KEEPALIVE,
    }
    wanted: Parameters = {**defaults, **given, "client_encoding": "utf8"}
    try:
        connection = psycopg.Connection.connect(make_conninfo("", **wanted), autocommit=True)
    except psycopg.Error as error:
        raise _unreachable(given, error) from None  # the cause may quote connection parameters
    try:
        _refuse_old(connection)
        connection.execute(SESSION, [str(statement_timeout), schema])
        connection.autocommit = autocommit
    except psycopg.Error as error:
        connection.close()
        raise _unreachable(given, error) from None
    except WarehouseError:
        connection.close()
        raise
    return connection


def parameters(url: str) -> Parameters:
    """The parts of a PostgreSQL URL; a malformed one is not quoted, for it may hold a password."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise WarehouseError("WAREHOUSE_URL must begin with postgresql://")
    try:
        found = conninfo_to_dict(f"postgresql://{rest}" if separator else url)
    except psycopg.Error:
        raise WarehouseError(
            "WAREHOUSE_URL cannot be read; its form is postgresql://user:password@host:port/database"
        ) from None
    parts = {name: str(value) for name, value in found.items() if value is not None}
    _refuse_unquoted(parts)
    return dict(parts)


def describe(url: str) -> str:
    """Where a URL leads, as host:port/database, without user and password."""
    return _place(parameters(url))


def refuse_pooler(url: str) -> None:
    """Raise `PoolerRefused` unless each connection has a backend, and its session state, to itself.

    A pooler may hand back the same backend by chance, so three situations are tried: one connection
    twice (pools that take turns), two connections one after the other (pools of one, and those that
    reuse the warmest), and one while the other holds a transaction (the rest).
    """
    with connect(url) as ours, connect(url) as other:
        try:
            _probe(ours, other, describe(url))
        except psycopg.Error as error:
            raise _unreachable(parameters(url), error) from None


def _probe(ours: Connection, other: Connection, place: str) -> None:
    backend = _mark(ours, "ours")
    if _state(ours) != (backend, "ours"):
        raise _pooled(place, "two transactions on one connection met different sessions")
    if _mark(other, "other") == backend:
        raise _pooled(place, "two connections share one backend")
    if _state(ours) != (backend, "ours"):
        raise _pooled(place, "a session setting was lost after another connection's transaction")
    with other.transaction():
        _state(other)
        if _state(ours) != (backend, "ours"):
            raise _pooled(
                place, "the backend changed while another connection was in a transaction"
            )


def _mark(connection: Connection, name: str) -> int:
    """Leave a mark in the session and return its backend's process id."""
    query = "select pg_backend_pid(), set_config('crm_sync.session', %s, false)"
    row = connection.execute(query, [name]).fetchone()
    assert row is not None
    return int(row[0])


def _state(connection: Connection) -> tuple[int, str | None]:
    query = "select pg_backend_pid(), current_setting('crm_sync.session', true)"
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), row[1]


def _pooled(place: str, reason: str) -> PoolerRefused:
    return PoolerRefused(
        f"{place} is a transaction-mode pooler ({reason}). Locks and temporary tables need a"
        " session of their own: put the database's direct address, or the pooler's session-mode"
        " port, in WAREHOUSE_URL."
    )


def _refuse_old(connection: Connection) -> None:
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        raise TooOld(
            f"PostgreSQL at {connection.info.host}:{connection.info.port} is version"
            f" {version // 10000}; version {OLDEST_VERSION // 10000} or newer is needed."
        )


def _refuse_unquoted(parts: dict[str, str]) -> None:
    """Refuse a password cut at an '@' or '/': its rest would appear as host or database."""
    host, database = parts.get("host", ""), parts.get("dbname", "")
    port = parts.get("port", "").replace(",", "")  # one for each of several hosts
    if "@" in host[1:] or "@" in database or (port and not port.isdigit()):
        raise WarehouseError(
            "The password or user in WAREHOUSE_URL has a character that must be percent-encoded"
            " (@ as %40, / as %2F, : as %3A)."
        )


def _place(parts: Parameters) -> str:
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = str(parts.get("port", "")).strip(",") or "5432"
    database = parts.get("dbname") or parts.get("user") or "postgres"
    return f"{host}:{port}/{database}"


def _unreachable(parts: Parameters, error: psycopg.Error) -> WarehouseUnavailable:
    # Lines that follow ask back, or tell of the same for another address.
    said = str(error).strip().partition("\n")[0].rstrip(".")
    for secret in ("password", "sslpassword"):
        if parts.get(secret):
            said = said.replace(str(parts[secret]), "***")
    return WarehouseUnavailable(
        f"Cannot use PostgreSQL at {_place(parts)}: {said}. Check that the server runs and"
        " accepts connections from here, and that host, port, database, user and password are right in"
        " WAREHOUSE_URL (on a Prefect server: in the block `warehouse`)."
    )
