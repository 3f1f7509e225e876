"""What Whisper says twice is dropped; what people say twice is kept."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.echoes import is_loop, once


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("I have a problem. I have a problem.", "I have a problem."),
        ("Where is order 64188? Where is it? Where is it?", "Where is order 64188? Where is it?"),
        ("52601. 52601. 52601.", "52601."),
        ("Bye bye.", "Bye bye."),
        ("No, no.", "No, no."),
        ("5 26 01 5 26 01", "5 26 01"),
        ("5 5 5 5", "5 5 5 5"),
        ("7 7 0 7 7 0", "7 7 0 7 7 0"),
        ("4 8 2 1 3 4 8 2 1 3", "4 8 2 1 3"),
        ("Order 11510. Order 11510.", "Order 11510."),
        ("Thank you. Thank you.", "Thank you. Thank you."),
        ("Could you take a message, please? Could you take a", "Could you take a message, please?"),
        ("I want a table. I want a chair.", "I want a table. I want a chair."),
        ("Goodbye goodbye goodbye goodbye", "Goodbye"),
        ("", ""),
        ("我要取消订单。我要取消订单。", "我要取消订单。"),
        ("请问营业时间是几点？请问营业时间是", "请问营业时间是几点？"),
        ("好的好的。", "好的好的。"),
        ("谢谢，谢谢！", "谢谢，谢谢！"),
        ("订单号是48213。订单号是48213。", "订单号是48213。"),
        ("Guten Tag, ich möchte. Guten Tag, ich möchte.", "Guten Tag, ich möchte."),
    ],
)
def test_echoes_are_dropped(heard: str, kept: str) -> None:
    """A sentence or a number said again by the decoder; not what people do say twice."""
    assert once(heard) == kept


def test_loops_are_noticed() -> None:
    """A decoder that runs in circles; an ordinary sentence does not."""
    assert is_loop("It's 83016 Please. " * 10)
    assert is_loop("我的订单在哪里？" * 12)
    assert not is_loop("您好，我想预订一张四个人的桌子，今天晚上七点半，名字是王芳。")
    assert not is_loop("Can you book a table for four at seven thirty tonight under the name Miller?")
