# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: enter what each scenario costs, and see how long the budget lasts."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import budget
import outside
import storage
import streamlit as st

DATA_DIR = Path(os.environ.get("DATA_DIR") or "/app/data")
MAX_MONTHS = 24


def main() -> None:
    """Draw the page once. Streamlit calls it again after each change."""
    st.set_page_config(page_title="Budget runway", layout="wide")
    st.title("How long does the budget last?")
    with st.sidebar:
        total, months = ask_budget()
        show_outside()
    try:
        saved = load_once()
    except (budget.BudgetError, OSError) as error:
        st.error(f"{DATA_DIR / storage.FILE_NAME} cannot be read: {error}")
        st.stop()
    rows = edit(saved)
    try:
        scenarios = [budget.scenario_of(row) for row in rows]
        budget.check_names(scenarios)
    except budget.BudgetError as error:
        st.error(str(error))
        st.stop()
    show_save(scenarios)
    if scenarios:
        show_runways(scenarios, total)
        show_chart(scenarios, total, months)


def ask_budget() -> tuple[Decimal, int]:
    """The two figures that hold for all scenarios."""
    total = st.number_input("Budget, USD", min_value=0.0, value=100.0, step=10.0, format="%.2f")
    months = st.slider("Months in the chart", min_value=3, max_value=MAX_MONTHS, value=6)
    return Decimal(str(total)), int(months)


def load_once() -> list[budget.Scenario]:
    """The file as it was when this session began: later saves of others must not move the table."""
    if "saved" not in st.session_state:
        st.session_state.saved = storage.load(DATA_DIR)
    saved: list[budget.Scenario] = st.session_state.saved
    return saved


def edit(saved: list[budget.Scenario]) -> list[dict[str, Any]]:
    """The table. Rows that were added and not filled in are left out."""
    rows: list[dict[str, Any]] = [
        {
            "name": scenario.name,
            "low": float(scenario.low),
            "high": float(scenario.high),
            "one_off": float(scenario.one_off),
        }
        for scenario in saved
    ]
    edited = st.data_editor(
        rows,
        num_rows="dynamic",
        width="stretch",
        key="scenarios",
        column_config={
            "name": st.column_config.TextColumn("Scenario"),
            "low": st.column_config.NumberColumn("A month, low", min_value=0, format="dollar"),
            "high": st.column_config.NumberColumn("A month, high", min_value=0, format="dollar"),
            "one_off": st.column_config.NumberColumn("Once, at the start", min_value=0, format="dollar"),
        },
    )
    needed = ("name", "low", "high")
    return [row for row in edited if all(row.get(column) not in (None, "") for column in needed)]


def show_save(scenarios: list[budget.Scenario]) -> None:
    """A button to save, or the reason why there is none; a download either way."""
    if not storage.is_writable(DATA_DIR):
        st.info(f"{DATA_DIR} is not writable: changes last as long as this page is open.")
    elif st.button("Save for the team"):
        try:
            storage.save(DATA_DIR, scenarios)
            st.success("Saved.")
        except OSError as error:
            st.error(f"Not saved: {error}")
    st.download_button("Download as CSV", budget.write_csv(scenarios), storage.FILE_NAME, "text/csv")


def show_runways(scenarios: list[budget.Scenario], total: Decimal) -> None:
    """One row per scenario, and which one lasts longest."""
    st.subheader("Runway")
    st.table(
        [
            {
                "Scenario": scenario.name,
                "Expected a month": f"${scenario.expected:.2f}",
                "Months": budget.show_runway(scenario, total),
            }
            for scenario in scenarios
        ]
    )
    best = budget.cheapest(scenarios, total)
    if best:
        st.write(f"Lasts longest: **{best.name}**")


def show_chart(scenarios: list[budget.Scenario], total: Decimal, months: int) -> None:
    """What is left of the budget after each month, at the expected cost."""
    table: dict[str, list[float]] = {"Month": [float(month) for month in range(months + 1)]}
    for scenario in scenarios:
        left = budget.remaining(total, scenario.expected, scenario.one_off, months)
        table[scenario.name] = [float(amount) for amount in left]
    names = [scenario.name for scenario in scenarios]
    st.line_chart(table, x="Month", y=names, y_label="USD left")


def show_outside() -> None:
    """The outside services, asked only on demand: each may take seconds to fail."""
    st.subheader("Outside services")
    try:
        found = outside.addresses(os.environ)
    except ValueError as error:
        st.error(f"An address in the environment is wrong: {error}")
        found = []
    ask = st.button("Check connections", disabled=not found)
    for address in found:
        state = ("reachable" if outside.reachable(address) else "no answer") if ask else "configured"
        st.write(f"{address.service}: {state}")
    for name, is_set in outside.secret_states(os.environ).items():
        st.write(f"{name}: {'set' if is_set else 'not set'}")


main()
