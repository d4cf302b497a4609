"""Lists as they may be shown to everybody: 张*三, 138****0000 (domain.md §3). One function, for chat and page alike. Pure.

A name is what begins with a surname and stands where names stand: after 姓名 or 户主, before an amount, among others of a
list. What only looks like one is masked as well: that costs a word, the other way round costs somebody their name.
"""

from __future__ import annotations

import re

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范"
    "方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申"
    "尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏"
    "宁柯阮桂闵解强柴华车冉房边滕麻代谯简冷晏敖糜旷娄晁帅邬储卓池官全佘候喻"
)
_COMPOUND = "欧阳|令狐|司马|上官|诸葛|东方|皇甫|尉迟|公孙|司徒|夏侯|端木|长孙|慕容|钟离|宇文"
_NOUNS = frozenset(
    [
        "管道",
        "管理",
        "管护",
        "方量",
        "方案",
        "方式",
        "平均",
        "高度",
        "高压",
        "高中",
        "高职",
        "单价",
        "单位",
        "单项",
        "金额",
        "金属",
        "程序",
        "项目",
        "项数",
        "时间",
        "时限",
        "成本",
        "成活",
        "成活率",
        "安装",
        "安装费",
        "安全",
        "应急",
        "常年",
        "常住",
        "温室",
        "温棚",
        "房屋",
        "房租",
        "房间",
        "车辆",
        "车位",
        "车费",
        "石料",
        "石方",
        "石材",
        "石墩",
        "牛羊",
        "牛只",
        "牛棚",
        "牛圈",
        "马路",
        "马匹",
        "羊只",
        "花椒",
        "花苗",
        "苗木",
        "苗圃",
        "桃树",
        "李子",
        "李子树",
        "梅子",
        "杨梅",
        "杨树",
        "谷子",
        "全部",
        "全年",
        "全村",
        "全镇",
        "全市",
        "全县",
        "边沟",
        "边坡",
        "段落",
        "张贴",
        "任务",
        "周期",
        "周边",
        "周长",
        "白天",
        "黄牛",
        "黄豆",
        "黄桃",
        "江段",
        "温度",
        "路面",
        "路灯",
        "路基",
        "路宽",
        "路长",
        "路肩",
        "林地",
        "林木",
        "林权",
        "林下",
        "林业",
        "柏木",
        "柏树",
        "桂花",
        "桂树",
        "文化",
        "文书",
        "文具",
        "武装",
        "华山",
        "关闭",
        "卫生",
        "卫生室",
        "卫生间",
        "查验",
        "盛水",
        "池子",
        "池塘",
        "官方",
        "余款",
        "余额",
        "余下",
        "施工",
        "施工费",
        "施工队",
        "施肥",
        "景观",
        "左侧",
        "右侧",
        "游客",
        "包装",
        "包干",
        "简介",
        "解决",
        "强化",
        "代表",
        "代缴",
        "代建",
        "代理",
        "候选",
        "储水",
        "万元",
        "龙头",
        "毛石",
        "毛路",
        "沈水",
        "汤锅",
        "田地",
        "田坎",
        "田间",
        "江河",
        "谷物",
        "于是",
        "何时",
        "向上",
        "向县",
        "许可",
        "许可证",
        "马上",
        "唐",
        "钱款",
        "钱数",
        "钟表",
        "夏季",
        "夏粮",
        "洪水",
        "常用",
        "易涝",
        "康复",
        "康复站",
        "宁可",
        "甘蔗",
        "柳树",
        "梁子",
        "桥梁",
        "成品",
        "成员",
        "成员户",
        "单独",
        "费用",
        "项",
        "曲线",
        "段长",
        "严禁",
        "房产",
        "冷库",
        "冷水",
        "冷藏",
        "华能",
        "章程",
        "季度",
        "季末",
        "游步道",
        "管网",
        "管线",
        "管材",
        "水管",
        "方木",
        "方桩",
        "车间",
        "车道",
        "程度",
    ]
)
_CHAR = "(?![的了和与或是有在不])[\u4e00-\u9fff]"
_NAME = f"(?:(?:{_COMPOUND})(?:{_CHAR}){{1,2}}|[{_SURNAMES}](?:{_CHAR}){{1,2}})"
_LABELS = (
    "姓名|户主|负责人|联系人|经办人|验收人|受益人|领款人|领取人|领用人|承包人|承包户|监护人|管护人|收款人|法人|法定代表人|村民|农户|低保户|"
    "脱贫户|监测户|五保户|护林员|保洁员|监督员|经手人|证明人|申请人|本人|学生|家长"
)
_LABELLED = re.compile(f"((?:{_LABELS})[:： ]\\s?|户主|姓名)({_NAME})(?![\u4e00-\u9fff])")
_PIECE = re.compile(f"({_NAME})(?=$|[:：\\s（(]*[0-9０-９]|[:：（(])")
_BETWEEN = re.compile("([、，,；;。/|\\s]+)")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)([ -]?)(\d{4})([ -]?)(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{3})(\d{10}|\d{13})(\d[\dXx])(?![\dXx])")
"""Fifteen digits, or eighteen of which the last may be an X; bank cards of eighteen fall under it as well."""
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?)(\d{5,6})(\d{2})(?!\d)|(?<=电话)([:： ]?)(\d{5,6})(\d{2})(?!\d)")
_OFFICE = re.compile("监督(?!员)|举报|咨询|投诉|办公|热线|服务|值班")
_CARD = re.compile(r"(?<!\d)(\d{12,15})(\d{4})(?!\d)")


def masked(line: str) -> str:
    """A line of a list without whole names of people, mobile phones, identity and card numbers, and without the
    landline that stands beside a name. Offices' own numbers stay."""
    line = _IDENTITY.sub(lambda found: f"{found[1]}{'*' * len(found[2])}{found[3]}", line)
    line = _CARD.sub(lambda found: f"{'*' * len(found[1])}{found[2]}", line)
    line = _PHONE.sub(r"\1****\5", line)
    whole = line
    line = _LABELLED.sub(lambda found: found[1] + _name(found[2]), line)
    line = "".join(
        _PIECE.sub(lambda f: _name(f[1]), part, count=1) if _PIECE.match(part) else part
        for part in _BETWEEN.split(line)
    )
    return line if line == whole or _OFFICE.search(line) else _LANDLINE.sub(_landline, line)


def _landline(found: re.Match[str]) -> str:
    """Of a household: it stands beside a name. An office's own number stays."""
    before, middle, end = (found[1], found[2], found[3]) if found[2] else (found[4], found[5], found[6])
    return f"{before}{'*' * len(middle)}{end}"


def _name(name: str) -> str:
    """张*三, 李*, 欧阳*; a word that everybody uses stays."""
    if name in _NOUNS:
        return name
    kept = 2 if re.match(_COMPOUND, name) and len(name) > 2 else 1
    return name[:kept] + "*" + (name[-1] if len(name) > kept + 1 else "")
