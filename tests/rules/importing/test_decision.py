"""Create, update, skip, or ask."""

from __future__ import annotations

import pytest

from crm.choices import RowDecision
from crm.rules.importing.decision import OUT_OF_SIGHT, Choice, Match, decide
from crm.rules.importing.settings import ImportMode
from crm.rules.matching import Candidate

CREATE, UPDATE, SKIP, ASK = RowDecision
BOTH = ImportMode.BOTH


def match(percent: int = 100, certain: bool = True, visible: bool = True, editable: bool = True, key: int = 7) -> Match:
    """A project that may be the row's."""
    return Match(Candidate(key, percent, certain, True, ("名称相同",)), visible, editable and visible)


LIKELY = match(91, certain=False)
POSSIBLE = Match(Candidate(7, 70, False, False, ("名称相近（70%）",)), True, True)


@pytest.mark.parametrize(
    ("matches", "mode", "twin", "decision", "match_id"),
    [
        ([], BOTH, "", CREATE, None),
        ([], ImportMode.UPDATE, "", SKIP, None),
        ([match()], BOTH, "", UPDATE, 7),
        ([match()], ImportMode.UPDATE, "", UPDATE, 7),
        ([match()], ImportMode.CREATE, "", SKIP, 7),
        ([match(editable=False)], BOTH, "", SKIP, 7),
        ([LIKELY], BOTH, "", ASK, 7),
        ([LIKELY], ImportMode.CREATE, "", ASK, 7),
        ([POSSIBLE], BOTH, "", CREATE, None),
        ([], BOTH, "第 7 行", ASK, None),
        ([match()], BOTH, "第 7 行", UPDATE, 7),
        ([match(visible=False)], BOTH, "", ASK, None),
        ([match(91, certain=False, visible=False)], BOTH, "", ASK, None),
        ([match(visible=False)], ImportMode.UPDATE, "", SKIP, None),
        ([match(), match(visible=False, key=8)], BOTH, "", UPDATE, 7),
    ],
)
def test_what_is_proposed(matches, mode, twin, decision, match_id):
    outcome = decide(matches, mode, twin)
    assert (outcome.decision, outcome.match_id) == (decision, match_id)


def test_a_row_that_repeats_another_only_fills():
    assert decide([match()], BOTH, "第 7 行").fill_only
    assert not decide([match()], BOTH).fill_only


def test_nothing_is_told_of_a_project_out_of_sight():
    outcome = decide([match(91, certain=False, visible=False)], BOTH)
    assert [note.message for note in outcome.notes] == [OUT_OF_SIGHT]
    assert outcome.offered == () and outcome.match_id is None and outcome.percent is None
    assert all(note.project_id is None for note in outcome.notes)


def test_a_likely_double_says_how_alike_and_which():
    (note,) = decide([LIKELY], BOTH).notes
    assert note.message == "与库中 {project} 相似 91%" and note.project_id == 7 and note.severity == "warning"


@pytest.mark.parametrize(
    ("matches", "twin", "choice", "chosen", "expected"),
    [
        ([LIKELY], "", Choice.SAME, 7, (UPDATE, 7, True)),
        ([LIKELY], "", Choice.OTHER, None, (CREATE, None, False)),
        ([LIKELY], "", Choice.SKIP, None, (SKIP, 7, False)),
        ([LIKELY], "", Choice.SAME, 99, (ASK, 7, False)),  # not among those offered any more
        ([match(91, certain=False, editable=False)], "", Choice.SAME, 7, (SKIP, 7, False)),
        ([], "第 7 行", Choice.SAME, None, (UPDATE, None, True)),
        ([], "第 7 行", Choice.OTHER, None, (CREATE, None, False)),
        ([match(visible=False)], "", Choice.OTHER, None, (CREATE, None, False)),
        ([match(visible=False)], "", Choice.SAME, None, (ASK, None, False)),
    ],
)
def test_a_persons_word(matches, twin, choice, chosen, expected):
    outcome = decide(matches, BOTH, twin, choice, chosen)
    assert (outcome.decision, outcome.match_id, outcome.fill_only) == expected


def test_a_code_that_is_taken_is_an_error_only_for_a_new_project():
    assert [note.code for note in decide([], BOTH, code_is_taken=True).notes] == ["code_taken"]
    assert decide([match()], BOTH, code_is_taken=True).notes == ()
    assert decide([LIKELY], BOTH, choice=Choice.OTHER, code_is_taken=True).notes[-1].severity == "error"
