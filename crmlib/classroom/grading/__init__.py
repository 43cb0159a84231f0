"""Grading a class: at once, in a sandbox, with the tests out of reach, on nbgrader's own gradebook."""
