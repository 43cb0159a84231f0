"""What stands in the text of a case: the customer's words or the agent's note, in phrases by kind and cause."""

from __future__ import annotations

import numpy as np

from crmlib.company.wording import choose, mistyped

COMPLAINTS = {
    "delay": (
        "快件发出{days}天了还没到", "说好{days}天到，现在都没派送", "物流{days}天没有更新了", "一直停在转运中心不动", "已经超过承诺时间，买家要退货",
        "催了{times}次还是没有派送", "时效件走成了慢件", "这批货全部晚到，耽误我们交货", "派件一拖再拖，今天说明天，明天又说后天",
        "双向都堵了，到底什么时候能送到", "显示派送中，等了{days}天没人来",
    ),
    "loss": (
        "包裹丢了，{days}天查不到下落", "少了{times}件货", "收到的时候里面东西少了", "快件不见了，物流断在中转", "箱子被打开过，短少{times}件",
        "寄出去的件一直没到，你们说在找", "整票货少一箱，没人认", "内件不符，值钱的没了", "到现在没有找到，是不是弄丢了",
    ),
    "damage": (
        "收到时外箱破损，里面碎了", "货物压坏，买家拒收", "包装全烂了，东西进了水", "易碎品没有保护好，坏了{times}个", "开箱就是坏的，有照片",
        "打开看全是裂的", "酒瓶碎了，漏了一箱", "野蛮装卸造成破损", "屏幕碎了，要求赔偿", "箱角塌了，里面机器摔坏",
    ),
    "signed_not_received": (
        "显示已签收，可是我没收到", "买家说没收到，系统写本人签收", "不知道被谁签收了", "没有通知就放驿站，还写已签收", "虚假签收，{days}天都没见到货",
        "门口、驿站都找了，没有这个件", "签收人不是我，也没人打电话", "放快递柜没经同意，柜子里也没有",
    ),
    "attitude": (
        "快递员态度恶劣，说话难听", "派件员不打电话就走，问他还骂人", "取件员让我自己搬下楼", "客服不耐烦，直接挂电话", "小哥威胁要把件退回去",
        "网点的人爱答不理", "打了{times}个电话都不接，接了还凶", "服务人员推来推去，没人负责",
    ),
    "price": (
        "多收了{yuan}元运费", "重量称多了，运费不对", "说好的折扣没有给", "账单和报价对不上，差{yuan}元", "上门取件临时加价", "续重乱算，{times}千克收了更多",
        "旺季附加费没人告知", "偏远费收得没道理",
    ),
    "address": (
        "地址没错却被退回", "送错地方了，送到隔壁小区", "派件员说地址不详，其实写得很清楚", "改了地址没有改过来", "不送上门，要自己去{days}公里外取",
        "村里不派送，事先没说", "送到旧地址去了", "电话写得清清楚楚，非说联系不上",
    ),
    "tracking": ("轨迹和实际对不上", "查不到物流信息", "轨迹{days}天前就不更新", "单号查出来是别人的件", "扫描信息是乱的"),
    "invoice": ("发票开错抬头", "申请了{times}次发票都没开", "电子发票收不到", "发票金额和账单不一致"),
    "other": ("下单页面老是出错", "面单把我的电话全露出来了", "营销短信太多", "返利没有到账", "预约取件没人来", "包装费收了却没给包装"),
}
"""Complaints by cause."""

CLAIMS = {
    "loss": ("丢失件要求理赔，货值{yuan}0元", "包裹确认丢失，申请赔偿", "少了{times}件，按货值索赔", "丢件{days}天了，理赔材料已交"),
    "damage": ("破损件申请理赔，照片已上传", "货物损坏，索赔{yuan}0元", "内件碎了，按保价赔偿", "外箱破损内物报废，要求赔付"),
}
"""Claims by cause."""

INQUIRIES = {
    "tracking": (
        "查一下快件到哪了", "这个件什么时候能到", "物流{days}天没动，帮忙看看", "请问派送了没有", "买家催，麻烦查件", "为什么还在中转", "是不是延误了",
        "快递停在网点{days}天了，查下原因", "能不能加急派送",
    ),
    "price": ("问一下寄到外省多少钱", "{times}千克怎么收费", "月结怎么开通", "量大有没有折扣", "保价费怎么算", "旺季附加费收到几号"),
    "address": ("想改一下收件地址", "改派到公司", "能不能改成自提", "收件人电话写错了，改一下", "那个乡镇送不送", "能否周末派送"),
    "invoice": ("怎么开发票", "发票什么时候寄", "电子发票重新发一下", "上个月的对账单发我一份"),
    "other": ("化妆品能寄吗", "锂电池走什么渠道", "几点下班", "网点在哪里", "怎么预约上门取件", "寄国外要什么单证"),
}
"""Inquiries by cause."""

PRAISE = {
    "attitude": (
        "快递员{times}楼送上门，态度特别好", "下大雨还准时来取件，表扬", "客服耐心，问题很快解决", "小哥帮老人搬东西，点赞", "派件员每次先打电话，很细心",
        "快递员捡到我落下的证件送回来", "客户经理连夜帮我们调车，感谢",
    ),
    "other": ("速度比想的快，感谢", "双11也按时送到，不容易", "包装加固做得好，没有破损", "延误提前通知了，处理得好"),
}
"""Praise by cause."""

PHRASES = {"complaint": COMPLAINTS, "claim": CLAIMS, "inquiry": INQUIRIES, "praise": PRAISE}
"""By kind of case and true cause."""

_VAGUE = (
    "你们这服务太差了，赶紧处理", "这个单子有问题，找人联系我", "再不解决我就投诉到邮政局", "每次都这样，没法合作了", "客户要求尽快回电",
    "还是上次那个事，没人管", "说了{times}遍了，到底谁负责", "问题很严重，要求给说法",
)
_OPENERS = {
    "complaint": ("", "", "", "", "客户投诉：", "客户反映", "来电称", "你好，", "我要投诉！", "商家反映", "非常生气，", "第{times}次找你们了，", "收件人来电，"),
    "claim": ("", "", "客户申请：", "", "你好，", "商家反映", "客户索赔，"),
    "inquiry": ("", "", "", "你好，", "请问，", "客户咨询：", "来电咨询，", "在吗，", "麻烦"),
    "praise": ("", "", "客户表扬：", "你好，", "想表扬一下，"),
}  # fmt: skip
_ALSO = ("，而且", "，另外", "。还有，", "，", "；", "，再加上")
_CLOSERS = {
    "complaint": ("", "", "", "。", "。", "！", "！！", "，要求赔偿", "，请尽快处理", "，给个说法", "，要求回电", "，已安抚客户", "，客户情绪激动", "，要求退运费",
                  "，不处理就打12305"),
    "claim": ("", "", "。", "，请尽快赔付", "，要求按实际价值赔", "，材料齐全", "，等回复"),
    "inquiry": ("", "", "", "。", "？", "？", "，谢谢", "，急", "，麻烦回复"),
    "praise": ("", "。", "！", "，谢谢", "，希望嘉奖"),
}  # fmt: skip


def write_cases(kinds: list[str], causes: list[str], dice: np.ndarray, *, vague: float, mixed: float, typing_errors: float) -> list[str]:
    """The text of each case.

    Parameters
    ----------
    kinds, causes : by case; the cause is the true one
    dice : uniform numbers, 8 rows and a column a case
    vague : share of complaints that do not name their cause
    mixed : share of complaints that bring up a second cause as well
    typing_errors : share of texts with a word mistyped

    >>> len(write_cases(["praise"], ["other"], np.zeros((8, 1)), vague=0.1, mixed=0.2, typing_errors=0.1))
    1
    """
    return [
        _write(kind, cause, luck, vague, mixed, typing_errors) for kind, cause, luck in zip(kinds, causes, dice.T.tolist(), strict=True)
    ]


def _write(kind: str, cause: str, luck: list[float], vague: float, mixed: float, typing_errors: float) -> str:
    opener, main, closer = (choose(options, uniform) for options, uniform in (
        (_OPENERS[kind], luck[0]), (PHRASES[kind][cause], luck[1]), (_CLOSERS[kind], luck[2])))  # fmt: skip
    if kind == "complaint":
        if luck[3] < vague:
            main = choose(_VAGUE, luck[1])
        elif luck[3] > 1 - mixed:
            second = choose(tuple(COMPLAINTS), luck[4])
            if second != cause:
                pair = [main, choose(COMPLAINTS[second], luck[5])]
                main = choose(_ALSO, luck[6]).join(pair if luck[6] * 6 % 1 < 0.7 else reversed(pair))
    text = opener + main + closer
    return mistyped(text, luck[7] / typing_errors) if luck[7] < typing_errors else text
