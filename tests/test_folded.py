from bisect import bisect_left

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.fold import fold_with_places
from extractor.folded import FoldedText

TEXTS = st.text(st.sampled_from("规規章於后後(guī)１2 \u3000\t\n\r、。；：\u200b⾏①“a"), max_size=40)


@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
@example("規(guī)章", 0, 6)
@example("於是\u200b後", 0, 2)
def test_a_part_is_folded_as_if_by_itself(text, start, end):
    folded, places = FoldedText(text).part(start, end)
    assert (folded, list(places)) == fold_with_places(text[start:end])


def squeeze_with_places(text):
    """The same, a character at a time."""
    folded, places = fold_with_places(text)
    kept = [(character, place) for character, place in zip(folded, places, strict=True) if not character.isspace()]
    return "".join(character for character, _ in kept), [place for _, place in kept]


@given(TEXTS)
@example(" 一、總體 \n情况 ")
@example("\ud800\x1c\u3000\u3001\U00020000")
def test_a_squeezed_text_knows_its_places(text):
    squeezed = FoldedText(text).squeezed
    expected, places = squeeze_with_places(text)
    assert squeezed.text == expected
    assert list(squeezed.places) == places
    if places:
        froms = range(len(text) + 1)
        assert [squeezed.first_from(place) for place in froms] == [bisect_left(places, place) for place in froms]


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_text_without_words_is_empty(text):
    assert FoldedText(text).squeezed.text == ""
