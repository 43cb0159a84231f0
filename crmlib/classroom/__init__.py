"""What instructors need: building the course, marking, nbgrader's loop. A sheet imports :mod:`crmlib.classroom.marking` alone."""
