"""What is not for this system, and whom it is for (domain.md §4): quarrels, lawsuits, wages and the like. Pure words.

A cadre, public money or a list in the same words, and nothing is asked: then it is what this system is for. It only asks;
whoever says so goes on without losing a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.model import Help


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """`phone` is a number of the whole country; no local one is made up. `help`: what a department would help with, if the
    words may be passed on; a crime is told to the police, and waits for nobody."""

    who: str
    phone: str
    words: re.Pattern[str]
    help: Help | None = None


def _any(words: str) -> re.Pattern[str]:
    return re.compile(words.replace(" ", "|"))


ELSEWHERE = {
    "crime": Elsewhere("公安派出所", "110", _any("被偷 遭偷 小偷 被抢 诈骗 被骗 赌博 吸毒 打架")),
    "wages": Elsewhere(
        "人社局（劳动保障）", "12333",
        _any("拖欠工资 欠工资 欠我工资 欠工钱 欠我工钱 不给工钱 不发工资 工资没发 工伤 不签合同 讨薪 社保没交"), Help.WAGES,
    ),
    "law": Elsewhere(
        "法院、仲裁，或先问法律服务热线", "12348",
        _any("打官司 起诉 上诉 判决 法院 仲裁 请律师 离婚 分家 遗产 继承 抚养费 借钱不还 欠钱不还 欠我钱 交通事故 撞了人"), Help.ELSE,
    ),
    "neighbours": Elsewhere(
        "村里的调解员，或法律服务热线", "12348",
        _any("邻居 隔壁 地界 田坎 滴水 屋檐水 挡了我家 占我家地 占了我家 吵架 骂人 婆媳 宅基地纠纷"), Help.ELSE,
    ),
    "services": Elsewhere(
        "政务服务热线", "12345",
        _any("停电 停水 噪音 乱停车 网络不好 没信号 快递 假货 缺斤少两 退货 路灯不亮 流浪狗"), Help.ELSE,
    ),
}  # fmt: skip
"""12333 is the line of 人力资源和社会保障, 12348 of public legal services, 12345 of government services: the same in all of
China. Their hours are not ours to promise."""
OURS = _any(
    "干部 村长 支书 书记 主任 会计 组长 镇长 乡长 领导 村委 两委 镇上 县里 站长 所长 局长 校长 院长 公款 集体 补贴 补助 救助 低保 "
    "医保 扶贫 项目 工程 资金 款子 名单 公示 贪 回扣 红包 送礼 优亲厚友 冒领 虚报 截留 挪用 钱不对 当官 监督员"
)


def elsewhere(words: str) -> str:
    """The key of ELSEWHERE that words are about; empty if they are, or may be, ours."""
    if OURS.search(words):
        return ""
    return next((key for key, each in ELSEWHERE.items() if each.words.search(words)), "")
