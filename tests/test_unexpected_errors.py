"""What nobody foresaw is told by its kind alone: its text may quote the data."""

from __future__ import annotations

import pytest

from jobs.endings import TRACE, UNEXPECTED, told_to_people

CODE = "529.982.247-25"  # a made-up CPF
TEXT = f"no such customer: {CODE}"


def test_the_kind_of_an_unexpected_error_is_shown_and_its_text_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TRACE, raising=False)
    with pytest.raises(SystemExit) as ended, told_to_people():
        raise ValueError(TEXT)
    assert ended.value.code == UNEXPECTED == 70
    shown = capsys.readouterr()
    assert "ValueError" in shown.err
    for told in (shown.err, shown.out):
        assert CODE not in told
        assert "no such customer" not in told


def test_whoever_asks_for_the_trace_is_given_the_error_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TRACE, "1")
    error = ValueError(TEXT)
    with pytest.raises(ValueError, match="no such customer") as raised, told_to_people():
        raise error
    assert raised.value is error
    assert capsys.readouterr() == ("", "")
