"""Codes of places (GB/T 2260 and the statistics codes below it), and what a spreadsheet does to them."""

from __future__ import annotations

CITY_DIGITS, COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS = 4, 6, 9, 12
_AS_TEXT = "请把这一列设成“文本”格式，再从原表重新粘贴"
_SCIENTIFIC = frozenset("0123456789.eE+-")


def code_fault(code: str, digits: int) -> str:
    """What is wrong with a code that should have so many digits, as a Chinese sentence; empty when nothing is.

    No township and no village ends in 000 (the statistics codes begin at 001): such an end is what remains of a number
    that went through scientific notation and back.
    """
    if code.isascii() and code.isdigit() and len(code) == digits:
        lost = digits >= TOWNSHIP_DIGITS and code.endswith("000")
        return f"代码 {code} 后面几位变成了0，是 Excel 用科学计数法存过；{_AS_TEXT}" if lost else ""
    if not code:
        return "没有填代码"
    if _SCIENTIFIC.issuperset(code) and code[0].isdigit() and not code.isdigit():
        how = "科学计数" if "e" in code.lower() else "小数"
        return f"Excel 把代码变成了{how} {code}，有几位已经丢了；{_AS_TEXT}"
    if not (code.isascii() and code.isdigit()):
        return f"代码 {code} 里有半角数字以外的字，应该是{digits}位数字"
    if len(code) < digits:
        return f"代码 {code} 只有{len(code)}位，应该是{digits}位；Excel 会丢掉开头的0，{_AS_TEXT}"
    return f"代码 {code} 有{len(code)}位，应该是{digits}位"
