"""The pieces by which names are found again (rules/pieces.py): two narrow tables, kept by crm/pieces.py."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.columns import Base

# Ranges of sounds are cut by byte order, whatever the language of the database.
Piece = Annotated[str, mapped_column(String(64).with_variant(String(64, collation="C"), "postgresql"))]


class ProjectPiece(Base):
    """A piece of a project's name."""

    __tablename__ = "project_piece"

    piece: Mapped[Piece] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True, index=True)


class CompanyPiece(Base):
    """A piece of a company's name or short name."""

    __tablename__ = "company_piece"

    piece: Mapped[Piece] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), primary_key=True, index=True)
