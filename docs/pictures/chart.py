"""Draws docs/pictures/chart-*.png anew: python docs/pictures/chart.py. All numbers are made up."""

from __future__ import annotations

from pathlib import Path

from bot.paper.chart import Chart, png

HERE = Path(__file__).parent
CHARTS = {
    "chart-zone": Chart(
        "铜仁市碧江区纪检监察第一协作区 在办", "第48周，截至11月29日",
        ("坝黄镇", "云场坪镇", "和平土家族侗族乡", "环北街道"), (14, None, None, 5), (4, None, None, None),
    ),
    "chart-city": Chart(
        "铜仁市 在办", "11月，截至11月30日",
        ("碧江区", "万山区", "江口县", "玉屏侗族自治县", "石阡县", "思南县", "印江土家族苗族自治县", "德江县",
         "沿河土家族自治县", "松桃苗族自治县"),
        (214, 96, 71, 58, 133, 187, 102, 149, 175, 201), (12, 3, None, None, 9, 14, None, 6, 11, 8),
    ),
}  # fmt: skip

if __name__ == "__main__":
    for name, chart in CHARTS.items():
        (HERE / f"{name}.png").write_bytes(png(chart))
