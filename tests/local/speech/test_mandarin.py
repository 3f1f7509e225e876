"""Chinese text becomes sounds, and its numbers characters."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.mandarin import in_characters, phonemes


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0", "零"), ("10", "十"), ("12", "十二"), ("20", "二十"), ("105", "一百零五"), ("1050", "一千零五十"),
        ("10000", "一万"), ("10500", "一万零五百"), ("100500", "十万零五百"), ("20000005", "二千万零五"),
        ("下午2点", "下午两点"), ("2个人", "两个人"), ("22个", "二十二个"), ("2号线", "二号线"),
        ("2.5%", "百分之二点五"),
        ("2026年", "二零二六年"), ("12元50分", "十二元五十分"),
        ("12345678901234567", "一二三四五六七八九零一二三四五六七"),
    ],
)  # fmt: skip
def test_numbers(written: str, said: str) -> None:
    """Counted, or digit by digit where they name a year or are too long; two of something is another word."""
    assert in_characters(written) == said


def test_sounds() -> None:
    """Syllables with their tones, marks as the model knows them; Latin letters stay."""
    pytest.importorskip("pypinyin", reason="needs the extra `local-chinese`")
    assert phonemes("您好，王芳！") == "ni↗nxau↓, wa↗ŋfa→ŋ!"
    assert phonemes("四是十Anna。") == "sɨ↘ʂɨ↘ʂɨ↗anna."
    assert phonemes("绿色 yes") == "ly↘sɤ↘ yes"
    assert phonemes("吗") == "ma"
