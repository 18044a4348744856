"""The profile's table."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, account_key


class Profile(Base):
    """How the vendor reaches an account: one row for each."""

    __tablename__ = "profiles"
    __table_args__ = (account_key(),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    company_name: Mapped[str]
    contact_name: Mapped[str | None]
    phone: Mapped[str | None]
    phone_extension: Mapped[str | None]
    email: Mapped[str | None]
    locale: Mapped[str]
    updated_at: Mapped[datetime]
    version: Mapped[int]
