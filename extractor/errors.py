"""Errors that a user can cause, each with a stable code and one clear line: what, where, what to do."""


class GongkaiError(Exception):
    """Base of all errors raised on purpose. ``code`` is stable; ``str(error)`` is one line in Chinese for the user."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InputError(GongkaiError):
    """The input can't be read as a report (empty, binary, wrongly decoded, too large, no annual report…)."""

    code = "input"


class ModelError(GongkaiError):
    """A model file is missing, was changed, or does not fit this installation."""

    code = "model"


class FormError(GongkaiError):
    """A form file is not valid."""

    code = "form"


class OutputError(GongkaiError):
    """A dataset can't be written."""

    code = "output"


class StoreError(GongkaiError):
    """A store can't be opened, is in use, or can't be written."""

    code = "store"


class EngineError(GongkaiError):
    """The worker processes can't be reached, or can't do the work."""

    code = "engine"
