"""What the commands share: the settings, the wired rooms, and what is told at the terminal."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import Rooms, utc_now, wire
from bot.core.db import migrate
from bot.core.documents import DataError
from bot.core.organization import OrganizationError
from bot.core.settings import Settings, SettingsError, load_settings
from bot.core.texts import TextError
from bot.promises.calendar import CalendarError
from bot.promises.promise import PromiseError
from bot.validation.check import check_data


def read_settings() -> Settings:
    """The settings; what is wrong with them is told in words."""
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def open_rooms(*, with_tables: bool = False) -> Rooms:
    """The wired rooms; `with_tables` makes sure of the database's tables first."""
    try:
        rooms = wire(read_settings())
        if with_tables:
            migrate(rooms.database.engine)
    except (DataError, CalendarError, PromiseError, OrganizationError, TextError) as error:
        raise click.ClickException(f"{error} (guichet check shows the places)") from None
    except (ValueError, OSError, SQLAlchemyError) as error:
        raise click.ClickException(str(error)) from None
    return rooms


def refuse_bad_data(settings: Settings) -> None:
    """End here if the data could not be read, before anything long begins."""
    problems = [problem for problem in check_data(settings.data_dir, utc_now()) if problem.stops]
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise click.ClickException("correct the data first: see the problems above")


def tell_progress(what: str) -> None:
    """Tell the person at the terminal, and not the program that reads the result."""
    click.echo(f"guichet: {what}", err=True)


def echo_proof(proof: Any) -> None:
    """Print the days of a proof, one a line."""
    for day in proof:
        counted = f"day {day['counted']}" if day["counted"] else day["reason"].replace("_", " ")
        holiday = f" ({day['holiday']['en']})" if day.get("holiday") else ""
        click.echo(f"  {day['date']}  {counted}{holiday}")
