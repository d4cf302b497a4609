"""What a list shows to everybody: a table, and the whole sample, which holds no name and stays as it is."""

from __future__ import annotations

import pytest

from config import SAMPLE
from config.items import load_items
from config.organisation import load_organisation
from handlers.rules.masking import masked


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("张小三", "张*三"),
        ("张三", "张*"),
        ("欧阳小娜", "欧阳*娜"),
        ("欧阳娜", "欧阳*"),
        ("张三、李四、王小五", "张*、李*、王*五"),
        ("张小三 1200元", "张*三 1200元"),
        ("张小三：1200元", "张*三：1200元"),
        ("张小三1200元，冉光明800元", "张*三1200元，冉*明800元"),
        ("张小三（二组）1200元", "张*三（二组）1200元"),
        ("户主：龙家富", "户主：龙*富"),
        ("户主龙家富", "户主龙*富"),
        ("负责人：覃光福，电话13812345678", "负责人：覃*福，电话138****5678"),
        ("姓名：麻林 身份证 522221196001011234", "姓名：麻* 身份证 522*************34"),
        ("身份证52222119600101123X", "身份证522*************3X"),
        ("522221600101123", "522**********23"),
        ("卡号 6217000012345678901", "卡号 ***************8901"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("村民李林领了3株", "村民李林领了3株"),
        ("张小三 0856-5212388", "张*三 0856-*****88"),
        ("户主：龙家富，电话08565212388", "户主：龙*富，电话0856*****88"),
        ("户主：龙家富，电话5212388", "户主：龙*富，电话*****88"),
        ("张小三 1200元，监督电话0856-5212388", "张*三 1200元，监督电话0856-5212388"),
        ("监督电话 0856-5212388", "监督电话 0856-5212388"),
        ("管道4.5公里，高度2米", "管道4.5公里，高度2米"),
        ("核桃、李子、柏木", "核桃、李子、柏木"),
        ("单价：260元", "单价：260元"),
        ("合同：样例建筑公司，118000元", "合同：样例建筑公司，118000元"),
        ("第1笔：1000元", "第1笔：1000元"),
        ("合同价478万元；工期到2026年12月20日", "合同价478万元；工期到2026年12月20日"),
        ("200000000000", "200000000000"),
        ("", ""),
    ],
)
def test_what_a_list_shows(line: str, shown: str) -> None:
    assert masked(line) == shown
    assert masked(shown) == shown, "once is enough"


def test_the_sample_holds_no_name_and_stays_as_it_is() -> None:
    organisation = load_organisation(SAMPLE / "organisation")
    lines = [line for item in load_items(SAMPLE / "items.csv", organisation) for line in item.facts.details]
    assert len(lines) > 200
    assert [line for line in lines if masked(line) != line] == []
