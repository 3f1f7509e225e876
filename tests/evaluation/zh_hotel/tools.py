"""The tools of the Chinese hotel."""

from __future__ import annotations


def book_room(name: str, arrival: str, nights: int, guests: int) -> str:
    """预订房间。

    Args:
        name: 客人的姓名
        arrival: 入住日期
        nights: 住几晚
        guests: 客人人数
    """
    return f"房间订好了，预订号是7731，共{nights}晚。"


def find_booking(booking_code: str) -> str:
    """查询一个预订。

    Args:
        booking_code: 预订号，四位数字
    """
    return f"预订{booking_code}：2026-12-18入住，两晚。"


def cancel_booking(booking_code: str) -> str:
    """取消预订。

    Args:
        booking_code: 预订号，四位数字
    """
    return f"预订{booking_code}已经取消。"


def book_table(name: str, day: str, time: str, guests: int) -> str:
    """预订餐桌。

    Args:
        name: 客人的姓名
        day: 用餐的日期
        time: 用餐的时间
        guests: 客人人数
    """
    return "餐桌订好了，期待您的光临。"


def take_message(name: str, message: str) -> str:
    """为值班经理记录留言。

    Args:
        name: 客人的姓名
        message: 留言内容
    """
    return "我记下了，经理会尽快联系您。"
