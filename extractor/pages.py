"""What all pages of ours share: templates that escape every text, texts that can't hide or turn others, and shares in words."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(**filters: Any) -> "Environment":
    """Templates that escape and clean every text, and fail on a name that they are not given.

    >>> environment().from_string("<b>{{ text }}</b>").render(text="<i>\u202e")
    '<b>&lt;i&gt;\N{REPLACEMENT CHARACTER}</b>'
    """
    import jinja2

    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=clean
    )
    made.filters |= filters
    return made


def clean(text: Any) -> Any:
    r"""A text in one line, without characters that hide or turn others; markup, and what is no text, as it is.

    >>> clean("a\u3000b\u202ec")
    'a b�c'
    """
    if not isinstance(text, str) or hasattr(text, "__html__") or text.isprintable():
        return text
    return "".join(it if it.isprintable() else " " if it.isspace() else "\N{REPLACEMENT CHARACTER}" for it in text)


def percent(part: float, whole: float) -> str:
    """A share with two decimals, or as many as it needs not to look like all or nothing.

    >>> percent(1, 3), percent(3, 3), percent(99_999, 100_000), percent(0, 0)
    ('33.33 %', '100 %', '99.999 %', '—')
    """
    if not whole or part in (0, whole):
        return "—" if not whole else "100 %" if part else "0 %"
    return next(f"{text} %" for n in range(2, 12) if float(text := f"{100 * part / whole:.{n}f}") % 100 or n == 11)
