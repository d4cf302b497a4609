"""What somebody seems to be saying: of danger, of people and wrongdoing, of need, a proposal, a question. Pure words.

It decides nothing and sends nothing: whoever types a question is shown the exact words and who would read them, whatever
this finds. It only puts the right option first, and it leans to one side on purpose: a complaint that is taken for a
question is the dangerous error (domain.md §4), a question that is taken for a complaint costs one tap.
How well it does: docs/decisions/0016; tests/asking/sentences.csv is what it is measured on.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from handlers.model import Help
from handlers.words import simplified


class Kind(StrEnum):
    COMPLAINT = "complaint"
    URGENT = "urgent"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Heard:
    """`people` a cadre, or a relative of one, is spoken of; `wrong` something that should not be; `help` with what;
    `need` if it is one's own, or near, whatever else is said with it."""

    kind: Kind
    danger: bool
    people: bool
    wrong: bool
    help: Help | None
    need: bool = False


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(part for each in parts for part in each.split()))


DANGER = _any(
    "打人 打架 打老人 打娃 打小孩 到处打 打破头 头都破 头破 动手 打得出血 打得全身 遍体 打我(?!电话|的电话|手机) 天天打 家暴 动刀 拿刀 持刀 砍人 砍我 砍死 杀人 杀我 要杀 弄死 整死 打死 打断.{0,4}[腿手脚] 打残 要我的?命 放火 烧我 绑架 强奸",
    "着火 起火 失火 火灾 遭火 房子烧 爆炸 煤气中毒 漏煤气 塌方 滑坡 泥石流 山洪 垮下来 埋到 埋了 压到人 有人被埋 洞垮 垮了里头",
    "喝药 喝农药 吃老鼠药 上吊 跳河 跳楼 跳水 自杀 寻短 不想活 活不下去 活不成 活够 活着没意思 活起没意思 想死 死了算了 死了干净 不如死 轻生 了断自己 割腕 要出人命 出人命 救命(?!钱)",
    "摔下来 摔下去 跌下 滚下 起不来 围住 困在 困到 涨水 河水涨 中毒 落水 掉水 掉河 掉井 掉塘 溺水 淹到 昏倒 昏过去 昏迷 喊不醒 不醒人事 没气 断气 触电 电到人 蛇咬",
    "车撞 撞了人 撞到人 翻车 大出血 流好多血 心脏病 脑溢血 中风 要生了",
)
"""Somebody may be hurt now: 110, 119 and 120 come first, whatever is being spoken of (dialogues.md §0.14)."""

DESPAIR = _any(
    "喝药 喝农药 吃老鼠药 上吊 跳河 跳楼 跳水 自杀 寻短 不想活 活不下去 活不成 活够 活着没意思 活起没意思 想死 死了算了 死了干净 去死 不如死 轻生 了断自己 割腕"
)
"""Somebody may do themselves harm: then there is a number where a person listens."""
PEOPLE = _any(
    "村长 主任 支书 书记 会计 文书 出纳 组长 队长 寨老 村干 村官 干部 干事 专干 领导 当官 当头的 站长 所长 镇长 乡长 局长 科长 股长",
    "县长 区长 市长 处长 院长 校长 园长 委员 主席 经理 管事 两委 监委 监督长 监督员 驻村 包村 工作队 第一书记 镇上的人 乡头的人",
    "老师 医生 兽医 护林员 保洁员 信用社 派出所 国土所 卫生室的人 民政的 村里的人",
)
_KIN = _any(
    "他弟 他哥 他爸 他妈 他家 他屋 她家 亲戚 亲家 侄儿 侄子 侄女 外甥 小舅子 舅子 姐夫 妹夫 老表 表弟 表哥 媳妇 婆娘 老婆 姨爹 姑爹 姨妈 丈母",
    "老丈人 女婿 堂弟 堂哥 屋头人 自己人 家里人 兄弟",
)
WRONG = _any(
    # said outright
    "吃拿卡要 优亲厚友 贪 挪用 截留 私分 虚报 冒领 冒名 冒用 顶替 代领 吃回扣 回扣 好处费 红包 打点 送礼 送烟 送酒 烟酒 条烟 请他吃 请吃 拉票 要票 买票 卖票 套国家 套钱 套取",
    "空壳 造假 作假 是假 弄虚 偷工减料 豆腐渣 勾结 一伙 举报 告状 我要告 检举 揭发 反映 有问题 不合规 合不合规 正不正规 犯法 违法 违规 行不行贿 受贿 行贿 腐败 黑心 缺德",
    "不公平 不公正 不公道 不平 看关系 靠关系 有关系 没熟人 没得熟人 走后门 开后门 打招呼 凭什么 凭哪样 凭啥 凭么 说话不算 骗 哄我们 糊弄 欺负 欺压 威胁 吓我 不准 不许 报复 取消我",
    "套路 一套做一套 说一套 假公济私 以权 仗势 霸占 强占 占了我 占我 占耕地 卖给外 私自 偷偷 悄悄 背着",
    # money and things that did not come, or not whole
    "没发 不发 没给 不给 没得到 没领到 没收到 没见到 没见过 没分 没见分 没到手 没有领到 没有收到 没拿到 没打到 没兑现 不兑现 没落实 没得份 一分钱 一分没",
    "拖了 拖欠 拖到 欠我 欠了 扣了 扣我 扣钱 扣下 克扣 被扣 少给 少发 少算 少了 差我 差一 只给 只发 只得 只算 只有八 才给 才发 多报 报成 算错 搞错 停了 被停 取消了",
    "领走 拿走 拿回 吃了 遭.{0,6}吃 哪个吃 哪个得 哪个拿 哪去了 去哪了 去哪点了 去哪里了 钱去哪 钱哪里去 哪里去了 花完 用到哪 去向 不明 不见了 别人卡 别个卡 打到别",
    "公示的?.{0,8}实际 明明 说好 实际(?!面积) 名单.{0,6}没有? 有我.{0,4}名 签收 说收到了 谁签的 我签的 没有签 没签 冒签 按手印 空白 密码 存折.{0,6}(会计|村|组) 一卡通.{0,6}(会计|村|组长) 保管",
    # money that was taken
    "乱收 摊派 收钱 收了钱 收钱才 手续费 辛苦费 茶水费 不开票 不给票 收据 不交钱 先交 另外交 额外 补课费 要五百 要给 要交.{0,6}才 给了钱 给钱 塞钱 给好处 送的 份子钱 集资 入股",
    # work that was not done, things that are bad
    "没修 没得人修 没有人修 没人修 没得这个 根本没 没动工 没开工 烂了 烂的 裂了 没放够 没用 没得水 霉 过期 不能吃 没扫过 不扫 没巡 没上班 一天班 不上班 不办公 不在岗 喝酒 打牌 麻将 关门 找不到人",
    "态度 骂我 骂人 凶 甩脸 卡到 卡起 卡脖 拖起 推来推去 踢皮球 跑了.{0,4}[趟次回] 不理 没人理 没得人理 没人管账 敷衍 看都没看 不敢讲 不敢说 喊我们 喊我签 叫我们签 逼",
    # who should not have it, and does
    "死人 死了.{0,6}(领|还) 不该 不困难 又不困难 有车 开小?车 开着 有钱.{0,6}(低保|领|吃) 住楼房.{0,6}(低保|领) 没种.{0,6}领 没受灾 照样领 也在领 都在领 也能领 还在领 两份 优先评 评上了 没评上 评不上 先得 先挑 才评",
    "评人 评残.{0,8}过 都是.{0,6}亲 全是.{0,6}亲 包了 承包.{0,8}(亲|舅|侄) (亲|舅|侄|兄弟).{0,8}(承包|包了|公司) 自己屋 自己家 他自己 屋门口 家门口",
    # what is kept from people
    "没公布 没公示 没有公示 不公示 不公开 没公开 没上墙 没开过会 没有开过会 没开会 不晓得哪 说不晓得 从来没 从来不 瞒 没通知 不透明 账目 的账 没见账 查账",
    "隔壁组 别的村 别的组 人家都 他们都 我们就不 为[什啥哪]么?样?.{0,12}(不|没|只|可以|才)",
)
_INNOCENT = _any(
    "电话 号码 几点 上班时间 办公 在几楼 哪个办公室 姓什么 叫什么 还是找 找村 找镇 找哪 去找 接待日 开会讲 体检 户口本 身份证 盖章吗 盖章不 要不要.{0,6}签字 签字吗 签字不 签不签 几号上班 在不在",
    "交给村 交给镇 交给组 怎么报名 好久来 哪天来 什么时候来 多到 来组 来寨 每个月来 家庭医生 我儿子 我家兄弟 嫁 建议 希望",
)
"""A cadre is spoken of as one who is looked for, not as one who did something."""
_PROCEDURE = _any(
    "申请 办理 代办 怎么办 怎么领 怎么报 咋个?办 咋个?领 去哪 在哪 哪里(看|办|领|补|问|打|交|能|可以) 哪个(单位|银行|窗口|部门|公司|地方|医院|月) 材料 手续 证件 条件 标准 多少 好多 好久 几(月|号|点|天|份|档|楼|米|岁|次|个月)",
    "(什么|啥)时候 哪天 到期 截止 到账 动工 完工 意思 是啥$ 什么用 区别 一回事 怎么算 咋算 算不算 算人口 按人 按户 能不能(领|报|办|申请|用|去|看|过|住|参加) 可以.{0,10}(吗|么|不)$ 能.{0,6}[吗不]$ 还能 还有.{0,8}(吗|不|没有|指标|名额)",
    "有没有.{0,8}(补|钱|名额|指标|津贴|政策) 有(没有)?补[助贴] 要不要 需要 要.{0,6}吗 带哪 带什么 上不上班 复查 涨了没 出来没有 招人 报名 报销 交多少年 修到 能过 第几 省里 县里 本人 免费 包含 过户 给不给免 交给村 交给镇",
)
"""How, when, where, how much, on what terms: what somebody asks who wants to know and accuses nobody."""
_ASKS = _any(
    "吗 么[?？]? 呢 [?？] 请问 想问 问一 问下 问哈 请教 了解 哪里 哪点 哪个 哪天 哪些 哪样 怎么 咋 啥 什么 好多 多少 好久 几[个号点份档天月] 多长 多宽 多大 要不要 能不能 是不是 有没有 可不可以 还有没得",
    "还是 (.)不\\1 不$ 不[?？] 没[?？] 没得$ 没有$",
)
_PROPOSES = _any(
    "建议 提议 如果.{0,16}就(好|方便) 可不可以考虑 多开 多放 多装 早点 晚点 好找 嘛$ 建议 希望 最好 提个意见 提意见 要是有 能不能[给把将用加在多装修] 能不能[^？?]{0,4}(加|装|修|念|搬|放|发)[^？?]*$ 可以的话 我觉得.{0,10}该 应该[多加装修放] 巴不得"
)
_NEEDS: tuple[tuple[Help, re.Pattern[str]], ...] = (
    (
        Help.MEDICAL,
        _any(
            "(没|缺|莫).{0,4}钱.{0,4}(医|看病|住院|去医院|开刀|手术|吃药|透析) 没钱医 透析 癌 病重 病危 重病 病倒 病了 得了.{0,8}病 住院 发高烧 瘫 摔断 摔了 医不起 看不起病 残疾人一个"
        ),
    ),
    (Help.WATER, _any("停水 断水 没水喝 没得水喝 没得水吃 喝沟 脏水 水管断 缺水")),
    (Help.POWER, _any("停电 断电 没得电 没电[^话]")),
    (
        Help.SCHOOL,
        _any(
            "失学 辍学 没书读 没得书读 上不了学 没法上学 学校不收 上学.{0,6}(没|交不起|过不去) 交不起学费 学费.{0,6}(没|凑|差)"
        ),
    ),
    (
        Help.HOUSING,
        _any(
            "没地方住 没得地方住 没房 没得房 没处住 房子.{0,3}(垮|塌|倒|裂|要垮|漏) 不敢睡 (屋顶|房顶|屋头|瓦).{0,4}漏 漏雨 不敢住 垮了一面墙 冲了屋 冲了房 住在(牛圈|学校|桥) 烧光 无家 被子 棉被 冷得很"
        ),
    ),
    (
        Help.FOOD,
        _any(
            "断粮 没米 没得米 没吃的 没得吃 没饭 揭不开锅 饿 没人照顾 没人煮 没人做饭 没得人煮 没得人照顾 没人管 没得人管 没人带 没得人带 无人照 孤儿 孤寡 奶粉 穷得 没得办法 买不起 走丢 帮帮忙 求帮忙 求救 求求"
        ),
    ),
    (Help.WAGES, _any("工资.{0,6}(不|没|拿不到|欠) 欠.{0,4}工资 工钱 老板跑了 讨薪")),
    (
        Help.ELSE,
        _any(
            "过不下去 差.{0,4}(块|钱|万) 没钱(出院|买药) 掀跑 打烂了 淹了 烧了 井干 挑水 一粒米 睡不了 急得很 急死 急用 着急 等到用 救急 桥冲垮 路断 过不去 出不去 走投无路 困难得很"
        ),
    ),
)
_SELF = _any(
    "小孩 孙 牛都 猪都 屋顶 井 全寨 今年吃 帮帮 帮忙 我 家里 屋头 老人 娃儿 孤儿 寨子 奶奶 爷爷 一家人 路断 桥 房子 水管 停 急 求 断粮 独居 残疾人 天天喝 大水"
)
"""Need is somebody's own, or of somebody near; 低保要哪些材料 is asked by whoever wants to know."""


def bare(words: str) -> str:
    """Full-width made plain, traditional characters simplified, blanks gone: 会 計 is 会计."""
    return simplified("".join(unicodedata.normalize("NFKC", words).split()))


def is_danger(words: str) -> bool:
    return DANGER.search(bare(words)) is not None


def despairs(words: str) -> bool:
    return DESPAIR.search(bare(words)) is not None


def names_people(words: str) -> bool:
    """Whether a cadre is spoken of at all, innocently or not."""
    return PEOPLE.search(bare(words)) is not None


def hear(words: str) -> Heard:
    """A complaint is whatever is not plainly something else: small talk, a question about how and when, a proposal, need.

    So that a way of complaining that nobody thought of is still one.
    """
    told = bare(words)
    danger, people, wrong, kin = (each.search(told) is not None for each in (DANGER, PEOPLE, WRONG, _KIN))
    needs = next((need for need, signs in _NEEDS if signs.search(told)), None)
    urgent = danger or (needs is not None and _SELF.search(told) is not None)
    proposes, asks = _PROPOSES.search(told) is not None, _ASKS.search(told) is not None
    accuses = wrong or (kin and (people or _GIVEN.search(told) is not None))
    if urgent and not people and not (accuses and _SERIOUS.search(told)):
        kind = Kind.URGENT
    elif accuses:
        kind = Kind.COMPLAINT
    elif proposes:
        kind = Kind.SUGGESTION
    elif people and not _INNOCENT.search(told):
        kind = Kind.COMPLAINT
    elif asks:
        kind = Kind.QUESTION if _PROCEDURE.search(told) or people else Kind.COMPLAINT
    else:
        kind = (
            Kind.OTHER
            if len(told) <= SHORT_CHARS or (len(told) <= TALK_CHARS and _TALK.search(told))
            else Kind.COMPLAINT
        )
    return Heard(kind, danger, people, wrong, needs or (Help.ELSE if urgent else None), urgent)


SHORT_CHARS, TALK_CHARS = 5, 14
"""So few characters accuse nobody without a word of the lists above; small talk is not much longer."""
_TALK = _any(
    "^你好 ^您好 在不在 谢 收到 知道了 晓得了 哈哈 天气 好冷 好热 下雨 测试 发错 打错 看完 不问了 不用 没电 网不 语音 看不到图 先看 明天 再说 祝你 辛苦 机器人 赶场 早上好 不会打字 我在 我家住 我是 我儿子 打官司 离婚 邻居"
)
_GIVEN = _any("分给 给了 发给 包给 卖给 租给 评给 安排 都领 都得 都有 也有 领 得了")
"""What went to somebody's kin."""
_SERIOUS = _any(
    "凭 不公 红包 回扣 贪 扣了 扣我 少给 少发 冒 假 骗 收钱 送礼 评上 评不上 关系 领走 密码 哪个吃 哪个得 名单 公示 慰问 补贴 补助 低保 棉被发给"
)
"""Somebody's need that is told with one of these is told about somebody, too."""
