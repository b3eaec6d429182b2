"""An error's sentence, in both languages, wherever the error is carried."""

import copy
import pickle

import pytest

import xinfang_flow as xf
from xinfang_flow.casefile.verdict import Said, said_in
from xinfang_flow.kernel.values import reason
from xinfang_flow.text import Text

BOTH = Text("有误", "wrong")
NO = reason("closed", "事项已办结", "the case is closed")
ERRORS = (
    (xf.InputError(BOTH, where="at"), "at：有误", "at: wrong"),
    (xf.InputError(BOTH, where=Text("时刻", "at")), "时刻：有误", "at: wrong"),
    (xf.InputError("wrong", where="at"), "at：wrong", "at: wrong"),
    (
        xf.FlowError(BOTH, findings=[xf.Finding("XF1", "error", BOTH)]),
        "有误\nXF1 错误：有误",
        "wrong\nXF1 error: wrong",
    ),
    (xf.WiringError(BOTH, missing=[BOTH, "as it is"]), "有误\n有误\nas it is", "wrong\nwrong\nas it is"),
    (xf.RefusedError(reasons=[NO, NO]), "事项已办结；事项已办结", "the case is closed; the case is closed"),
    (xf.ConflictError(BOTH, case_id="c"), "有误", "wrong"),
    (xf.StoreError(), "数据库出错，未写入任何内容", str(xf.StoreError.__doc__)),
)


@pytest.mark.parametrize(("error", "zh", "en"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_has_its_sentence_in_both_languages(error: xf.XinfangError, zh: str, en: str) -> None:
    """`text` is always there, and says the same after a journey into another process."""
    for each in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301  our own bytes
        assert each.text == (zh, en)
        assert (each.in_("zh"), each.in_("en")) == (zh, en)
        assert str(each) == (str(error) if isinstance(error, xf.RefusedError) else en)


def test_the_facts_of_an_error_stay_what_they_were() -> None:
    """Programs compare them: a place and a missing name are plain strings, in English."""
    assert xf.InputError(BOTH, where=Text("时刻", "at")).where == "at"
    assert xf.WiringError(missing=[BOTH]).missing == ("wrong",)
    assert str(xf.RefusedError(reasons=[NO])) == "事项已办结 / the case is closed"


def test_a_verdict_says_its_reason_in_both_languages() -> None:
    """The reason is the English sentence to every program, and knows its Chinese also after a copy."""
    said = Said("有误", "wrong")
    for each in (said, copy.deepcopy(said), pickle.loads(pickle.dumps(said))):  # noqa: S301  our own bytes
        assert each == "wrong"
        assert (said_in(each, "zh"), said_in(each, "en")) == ("有误", "wrong")
    assert said_in("plain", "zh") == "plain"
