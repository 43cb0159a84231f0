"""nbgrader's two steps that write the gradebook, with a gradebook that is opened once and saved once a submission."""

from __future__ import annotations

from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades

from crmlib.classroom.grading.book import opened


class SaveScores(SaveAutoGrades):
    """nbgrader's SaveAutoGrades; what was graded by hand is not put up for grading again while neither answer nor score changed."""

    def preprocess(self, nb, resources):
        """nbconvert calls this once a submission."""
        about = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.student_id = about["notebook"], about["assignment"], about["student"]
        with opened(about) as self.gradebook:
            return NbGraderPreprocessor.preprocess(self, nb, resources)

    def _add_score(self, cell, resources) -> None:
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        settled = name in resources["nbgrader"].get("same_answers", ()) and not grade.needs_manual_grade
        before = grade.auto_score
        super()._add_score(cell, resources)
        if settled and grade.auto_score == before:
            grade.needs_manual_grade = False


class SaveLatePenalties(AssignLatePenalties):
    """nbgrader's AssignLatePenalties, with the plugin that the course has configured."""

    def preprocess(self, nb, resources):
        """nbconvert calls this once a submission."""
        about = resources["nbgrader"]
        with opened(about) as gradebook:
            submission = gradebook.find_submission(about["assignment"], about["student"])
            notebook = next(one for one in submission.notebooks if one.name == about["notebook"])
            notebook.late_submission_penalty = self._penalty(gradebook, notebook, about["student"], submission.total_seconds_late)
            gradebook.db.commit()
        return nb, resources

    def _penalty(self, gradebook, notebook, student: str, seconds_late: float) -> float | None:
        if seconds_late <= 0:
            return None
        self.init_plugin()
        gradebook.db.flush()
        gradebook.db.refresh(notebook, ["score"])
        penalty = self.plugin_inst.late_submission_penalty(student, notebook.score, seconds_late)
        return None if penalty is None else self._check_late_penalty(notebook, penalty)
