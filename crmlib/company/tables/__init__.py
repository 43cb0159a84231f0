"""The contracts of a firm's tables, a module a theme."""
