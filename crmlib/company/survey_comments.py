"""What respondents write in the field for remarks: phrases that fit what they went through and how satisfied they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crmlib.company.draws import Stream, pick
from crmlib.company.wording import choose, mistyped

BAD = {
    "delay": (
        "快件老是晚到，等了{days}天", "说好的时间从来不准", "大促的时候慢得离谱", "物流一直不动，催了{times}次", "时效不稳定，客户老来问我",
        "这个月又晚了{times}件", "发出去{days}天了还在路上", "特快件也没快到哪去",
    ),
    "damage": ("收到的时候箱子都破了", "东西压坏了，打开一看全碎", "野蛮分拣，破损了{times}件", "外包装破损，里面也湿了", "易碎品根本没当回事"),
    "loss": ("丢了一件到现在没说法", "包裹不见了，问谁都说不知道", "少了东西，查了{days}天没结果", "件丢了，赔得还少"),
    "price": (
        "比别家贵", "价格能不能再降点", "别家便宜{yuan}毛钱一件，你们不动", "续重收得太狠", "运费涨了也不说一声", "服务一般价格不一般", "量大也没优惠",
    ),
    "manager": ("原来的客户经理走了，新来的什么都不懂", "换了客户经理，没人跟我交接", "客户经理联系不上了", "经理换来换去"),
    "courier": ("快递员不上门，直接丢驿站", "派件员态度差", "打电话也不接，放门口就走", "取件要催{times}遍", "没经过我同意就放快递柜"),
    "service": ("客服只会说抱歉", "热线打不进去，排队半小时", "有问题没人管", "投诉了也没用", "理赔太麻烦，要一堆材料", "问题件处理太慢"),
    "general": ("一般般", "不太满意", "还有很大改进空间", "体验不如以前", "失望", "说不上好"),
}
"""By topic, what the dissatisfied write."""

GOOD = {
    "delay": ("速度快", "一般隔天就到，很准时", "时效稳定，放心", "比承诺的还早到", "大促也没怎么耽误"),
    "damage": ("包装仔细，从没坏过", "东西都是好好的", "易碎品也完好送到"),
    "notice": ("晚了会提前通知，这点好", "延误先打招呼，我好跟买家解释", "现在主动发通知，省得我去查"),
    "price": ("价格公道", "性价比高", "价钱可以接受", "月结给的折扣不错"),
    "manager": ("客户经理很负责", "经理有问必答", "我们的客户经理常来看看，挺好"),
    "courier": ("快递小哥态度好", "取件很及时", "派件员每次都送到门口", "小哥勤快，下雨也来"),
    "service": ("客服态度好，问题解决得快", "理赔痛快", "有事找客服，答复很快"),
    "general": ("挺好的", "满意", "一直用云雀，会继续用", "总体不错，继续保持", "没什么意见", "好评"),
}
"""By topic, what the satisfied write."""

_OPENERS = {
    True: ("", "", "", "", "", "说实话，", "总的来说，", "这一年", "合作下来，", "你好，", "我们店的感受：", "比以前好，"),
    False: ("", "", "", "", "", "说实话，", "总的来说，", "最近", "提个意见：", "你好，", "别的还行，就是", "忍很久了，", "希望改进："),
}
_JOINTS = {True: ("，另外", "。还有，", "，而且", "；"), False: ("，不过", "，但是", "。就是", "，只是")}
_CLOSERS = {
    True: ("", "", "", "。", "。", "！", "，谢谢", "，继续保持", "，赞", "，会推荐给朋友", "。辛苦了"),
    False: ("", "", "", "。", "。", "！", "，希望改进。", "，望重视", "……", "。再这样就换别家了", "，请尽快处理", "，你们看着办"),
}


def write_comments(
    lived: Mapping[str, np.ndarray], satisfaction: np.ndarray, writes: np.ndarray, stream: Stream
) -> list[str | None]:
    """A comment for each respondent who writes one, else None.

    Parameters
    ----------
    lived : by topic, how strongly the respondent's last months push it forward; 0 for nothing out of the ordinary
    satisfaction : latent, standardised
    writes : who writes
    """
    size = len(satisfaction)
    dice = stream.uniforms("surveys/comment", (10, size))
    good = dice[0] < 1 / (1 + np.exp(-(0.3 + 1.3 * satisfaction)))
    second_good = np.where(dice[1] < 0.7, good, ~good)
    topics = {}
    for bright, phrases, usual in (
        (False, BAD, (0.25, 0.06, 0.03, 0.20, 0.03, 0.18, 0.15, 0.20)), (True, GOOD, (0.30, 0.08, 0.0, 0.08, 0.05, 0.20, 0.08, 0.35)),
    ):  # fmt: skip
        weights = [np.full(size, weight) + lived.get((name, bright), 0.0) for name, weight in zip(phrases, usual, strict=True)]
        topics[bright] = np.stack(weights, axis=1) / sum(weights)[:, None]
    names = {False: tuple(BAD), True: tuple(GOOD)}
    first = {bright: pick(dice[2], topics[bright]) for bright in names}
    second = {bright: pick(dice[3], topics[bright]) for bright in names}
    comments: list[str | None] = [None] * size
    for row in np.flatnonzero(writes):
        luck, bright, also = dice[:, row], bool(good[row]), bool(second_good[row])
        topic, other = names[bright][first[bright][row]], names[also][second[also][row]]
        text = choose(_OPENERS[bright], luck[4]) + choose((GOOD if bright else BAD)[topic], luck[5])
        if luck[6] < 0.35 and other != topic:
            text += choose(_JOINTS[bright == also], luck[6] / 0.35) + choose((GOOD if also else BAD)[other], luck[7])
        text += choose(_CLOSERS[bright], luck[8])
        comments[row] = mistyped(text, luck[9] / 0.06) if luck[9] < 0.06 else text
    return comments
