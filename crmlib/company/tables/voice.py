"""Contracts of what customers tell the firm: who was asked, what they answered, and the cases they opened."""

from __future__ import annotations

from collections.abc import Iterator

from crmlib.company.contract import Column, Table, Value
from crmlib.company.survey_items import ECSI_ITEMS, INDEX_ITEMS, KANO_FEATURES, SERVQUAL_DIMENSIONS, SERVQUAL_ITEMS, STAGES, Item

SURVEY_INVITATIONS = Table("survey_invitations", "调查邀请表", "survey invitations", (
    Column("invitation_id", "text", "邀请编号", "invitation number",
           "第几次调查加客户编号，如 S1-C00001", "The wave and the customer number, as S1-C00001", key=True),
    Column("wave", "number", "第几次调查", "wave", "数据期内第几次调查，一年两次", "Which survey within the data, two a year",
           unit="count", low=1),
    Column("customer_id", "text", "客户编号", "customer number", "邀请了哪个客户", "The customer who was asked", ref="customers.customer_id"),
    Column("invited_on", "date", "邀请日期", "invited on", "发出邀请的那一天", "The day of the invitation", unit="date"),
    Column("channel", "category", "邀请渠道", "channel of the invitation", "从哪里发的邀请", "How the customer was asked", values=(
        Value("sms", "短信", "text message"), Value("wechat", "微信", "WeChat"), Value("email", "电子邮件", "e-mail"),
        Value("phone", "电话", "phone"))),
    Column("responded", "yes_no", "是否回答", "responded", "客户有没有回答", "Whether the customer answered"),
    Column("responded_on", "date", "回答日期", "responded on", "客户回答的那一天；没回答的留空", "The day of the answer; empty without one",
           unit="date", nullable=True),
), orders=(("customers.opened_on", "invited_on"), ("invited_on", "responded_on")))  # fmt: skip


def _ten_points(item: Item) -> Column:
    """A ten-point item; the schema says of a reversed one that it is."""
    turned_zh, turned_en = ("（反向题：先用 11 减再用）", " (reversed: take it from 11 before use)") if item.reversed else ("", "")
    agree_zh, agree_en = "1 完全不同意，10 完全同意", "1 not at all, 10 fully agreed"
    if item.of in STAGES:
        agree_zh, agree_en = "1 最不满意，10 最满意；没用过的留空", "1 worst, 10 best; empty where never used"
    return Column(item.name, "number", item.zh, item.en, f"“{item.zh}”：{agree_zh}{turned_zh}", f"“{item.en}”: {agree_en}{turned_en}",
                  unit="points", nullable=True, low=1)  # fmt: skip


def _servqual(item: Item) -> Iterator[Column]:
    for name, zh, en, ask_zh, ask_en in (
        ("expected", "期望", "expected", "好的快递公司应当做到的程度", "how far a good courier firm should"),
        ("perceived", "感受", "perceived", "云雀实际做到的程度", "how far Lark does"),
    ):
        in_zh, in_en = SERVQUAL_DIMENSIONS[item.of]
        yield Column(f"{item.name}_{name}", "number", f"{item.zh}（{zh}）", f"{item.en}, {en}",
                     f"“{item.zh}”：{ask_zh}，1 到 7；SERVQUAL 的{in_zh}（教学用简式，每个维度 2 题，原量表共 22 题）",
                     f"“{item.en}”: {ask_en}, 1 to 7; SERVQUAL, {in_en} (short form for teaching: 2 pairs a dimension, of 22 in all)",
                     unit="points", nullable=True, low=1)  # fmt: skip


def _kano() -> Iterator[Column]:
    scale_zh = "1 喜欢，2 理应如此，3 无所谓，4 能忍受，5 不喜欢"
    scale_en = "1 like, 2 must be, 3 neutral, 4 can live with, 5 dislike"
    for feature in KANO_FEATURES:
        for name, zh, en in (("with", "有", "with"), ("without", "没有", "without")):
            yield Column(f"{feature.name}_{name}", "number", f"{zh}{feature.zh}", f"{feature.en}, {en} it",
                         f"如果{zh}“{feature.zh}”，你觉得怎样：{scale_zh}", f"How would it be {en} “{feature.en}”: {scale_en}",
                         unit="points", nullable=True, low=1)  # fmt: skip


def _importance() -> Iterator[Column]:
    for stage, (zh, en) in STAGES.items():
        yield Column(f"importance_{stage}", "number", f"{zh}的重要程度", f"importance of {en}",
                     f"“{zh}”对你有多重要：1 最不重要，10 最重要", f"How much {en} matters: 1 least, 10 most",
                     unit="points", nullable=True, low=1)  # fmt: skip


SURVEYS = Table("surveys", "满意度调查表", "surveys", (
    Column("invitation_id", "text", "邀请编号", "invitation number", "回答的是哪一次邀请；一位回答者每次调查一行",
           "The invitation that was answered; one row a respondent and wave", key=True, ref="survey_invitations.invitation_id"),
    Column("wave", "number", "第几次调查", "wave", "数据期内第几次调查，一年两次", "Which survey within the data, two a year",
           unit="count", low=1),
    Column("customer_id", "text", "客户编号", "customer number", "谁回答的", "Who answered", ref="customers.customer_id"),
    Column("answered_on", "date", "回答日期", "answered on", "回答的那一天", "The day of the answer", unit="date"),
    *map(_ten_points, INDEX_ITEMS),
    *map(_ten_points, ECSI_ITEMS),
    *(column for item in SERVQUAL_ITEMS for column in _servqual(item)),
    *_kano(),
    *_importance(),
    Column("recommend", "number", "推荐意愿", "would recommend", "有多大可能把云雀推荐给别人：0 绝不，10 一定",
           "How likely the customer is to recommend Lark: 0 never, 10 surely", unit="points", low=0),
    Column("comment", "text", "意见", "comment", "客户随手写的话，全部虚构；没写的留空",
           "What the customer wrote, all invented; empty where nothing was written", nullable=True),
), orders=(("survey_invitations.invited_on", "answered_on"),))  # fmt: skip

CASES = Table("cases", "服务工单表", "cases", (
    Column("case_id", "text", "工单编号", "case number", "一件事一个编号，按受理时间编", "One number a case, in order of opening", key=True),
    Column("kind", "category", "工单类型", "kind of case", "客户来做什么", "What the customer came for", values=(
        Value("complaint", "投诉", "complaint"), Value("inquiry", "咨询", "inquiry"), Value("claim", "理赔", "claim"),
        Value("praise", "表扬", "praise"))),
    Column("customer_id", "text", "客户编号", "customer number", "哪个客户的事", "The customer", ref="customers.customer_id"),
    Column("waybill_id", "text", "运单号", "waybill number", "说的是哪一件；客户没报单号的留空",
           "The parcel in question; empty where the customer named none", ref="waybills.waybill_id", nullable=True),
    Column("opened_at", "datetime", "受理时间", "opened at", "客户提出的时刻，北京时间", "When the customer came, Beijing time", unit="datetime"),
    Column("channel", "category", "受理渠道", "channel of the case", "从哪里提出的", "How the customer came", values=(
        Value("hotline", "客服热线", "hotline"), Value("app", "手机应用", "app"), Value("wechat", "微信", "WeChat"), Value("web", "网站", "website"),
        Value("salesperson", "客户经理", "salesperson"))),
    Column("cause", "category", "事由", "cause", "客服登记的事由；偶尔登记错", "The cause as the agent recorded it, now and then wrongly", values=(
        Value("delay", "延误", "delay"), Value("loss", "丢失短少", "loss or shortage"), Value("damage", "破损", "damage"),
        Value("signed_not_received", "未收到却显示签收", "signed for but not received"), Value("attitude", "服务态度", "staff conduct"),
        Value("price", "价格", "price"), Value("address", "地址与投递", "address and delivery"),
        Value("tracking", "查件", "tracking a parcel"), Value("invoice", "账单发票", "bill or invoice"), Value("other", "其他", "other"))),
    Column("grade", "category", "等级", "grade", "按事由和损失评的等级；咨询和表扬都是一般", "By cause and loss; inquiries and praise are ordinary", values=(
        Value("ordinary", "一般", "ordinary"), Value("serious", "较重", "serious"), Value("major", "重大", "major"))),
    Column("insured", "yes_no", "是否保价", "insured", "那件快件有没有保价", "Whether the parcel was insured"),
    Column("first_response_at", "datetime", "首次响应时间", "first response at", "第一次有人答复的时刻；还没人答复的留空。答复不等于办结",
           "When somebody first answered; empty where nobody has. A response is not a resolution", unit="datetime", nullable=True),
    Column("resolved_at", "datetime", "办结时间", "resolved at", "办结的时刻；数据截止时还没办完的留空",
           "When the case was settled; empty for those still open when the data end", unit="datetime", nullable=True),
    Column("outcome", "category", "处理结果", "outcome", "怎么办结的；没办完的留空", "How it was settled; empty while open", nullable=True, values=(
        Value("compensated", "赔偿", "compensated"), Value("refunded", "退运费", "postage refunded"),
        Value("corrected", "改正", "put right"), Value("apologised", "道歉", "apologised"), Value("explained", "解释", "explained"),
        Value("unfounded", "不成立", "found groundless"), Value("thanked", "转达感谢", "thanked"))),
    Column("compensation_yuan", "number", "赔付金额", "compensation", "赔了或退了多少；没有就是 0，没办完的留空",
           "What was paid or refunded; 0 for nothing, empty while open", unit="yuan", nullable=True, low=0),
    Column("satisfied_after", "category", "回访是否满意", "satisfied afterwards", "办结后回访；没回访到或没办完的留空",
           "Asked after the settlement; empty where not reached or still open", nullable=True, values=(
               Value("satisfied", "满意", "satisfied"), Value("dissatisfied", "不满意", "dissatisfied"))),
    Column("text", "text", "内容", "text", "客户的话或客服的记录，会有错字，也会一次说几件事；全部虚构",
           "The customer's words or the agent's note, with typing errors and several matters at once; all invented"),
), orders=(("opened_at", "first_response_at"), ("first_response_at", "resolved_at"), ("opened_at", "resolved_at"),
           ("waybills.picked_up_at", "opened_at")))  # fmt: skip

TABLES = (SURVEY_INVITATIONS, SURVEYS, CASES)
