"""The part of nbgrader's work that makes a release: each solution gives way to its own scaffold."""

from __future__ import annotations

from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    SaveCells,
)
from nbgrader.utils import is_solution
from traitlets.config import Config


class ClearToScaffold(ClearSolutions):
    """nbgrader's ``ClearSolutions``, with a stub of its own for each cell that carries one in its metadata ``scaffold``."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Put the cell's scaffold, or else nbgrader's stub, in the solution's place."""
        scaffold = cell.metadata.pop("scaffold", None)
        if scaffold is None or not is_solution(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        code_stub, text_stub = self.code_stub, self.text_stub
        try:
            self.code_stub = {**code_stub, resources["language"]: scaffold.strip("\n")}
            self.text_stub = scaffold.strip("\n")
            return super().preprocess_cell(cell, resources, cell_index)
        finally:
            self.code_stub, self.text_stub = code_stub, text_stub


PREPROCESSORS = (
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    ClearToScaffold,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
)
"""nbgrader's own steps, in its own order, with ours in the place of ``ClearSolutions``."""


def configure_release(config: Config) -> None:
    """Make nbgrader's ``generate_assignment`` show scaffolds, and take rubrics out of locked cells.

    >>> config = Config()
    >>> configure_release(config)
    >>> ClearToScaffold in config.GenerateAssignment.preprocessors
    True
    """
    config.GenerateAssignment.preprocessors = list(PREPROCESSORS)
    config.ClearMarkScheme.enforce_metadata = False  # our rubrics stand in locked cells beside the answer, not in "task" cells
