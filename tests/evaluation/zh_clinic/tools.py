"""The tools of the Chinese clinic."""

from __future__ import annotations


def book_appointment(name: str, day: str, time: str) -> str:
    """预约看诊。

    Args:
        name: 患者的姓名
        day: 看诊的日期
        time: 看诊的时间
    """
    return f"{name}的看诊已经约好了。"


def free_times(day: str) -> str:
    """查询某一天有哪些空闲时间。

    Args:
        day: 日期
    """
    return "当天九点、十一点和下午三点半有空。"


def cancel_appointment(name: str, day: str) -> str:
    """取消看诊。

    Args:
        name: 患者的姓名
        day: 看诊的日期
    """
    return "看诊已经取消。"


def explain_bill(bill_number: str) -> str:
    """解释一张账单。

    Args:
        bill_number: 账单号码，五位数字
    """
    return f"账单{bill_number}是补牙的费用，共四百元。"


def take_message(name: str, message: str) -> str:
    """记录给工作人员的留言，他们会回电话。

    Args:
        name: 来电者的姓名
        message: 留言内容
    """
    return "好的，我记下了，同事会给您回电话。"
