"""Databases of which no more is known than what SQLAlchemy says."""

from sources.database.backends.backend import Backend

OTHER = Backend(label="", splits=True)
