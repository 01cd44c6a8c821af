"""Sending a SELECT as SQLAlchemy spells it, past its results: what a driver answers is wanted as it comes."""

from typing import Any

import sqlalchemy as sa


def spelled(connection: sa.Connection, statement: sa.Select[Any]) -> tuple[str, Any]:
    """The text of a SELECT, and its parameters as the driver takes them."""
    compiled = statement.compile(connection, compile_kwargs={"render_postcompile": True})
    given = compiled.construct_params()
    if isinstance(compiled, sa.sql.compiler.SQLCompiler) and compiled.positiontup is not None:
        return compiled.string, tuple(given[name] for name in compiled.positiontup)
    return compiled.string, given
