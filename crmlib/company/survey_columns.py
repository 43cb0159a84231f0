"""What the columns of survey results are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column

SURVEY_COLUMNS = (
    Column("answers", "number", "回答人数", "answers", "回答了的人数", "People who answered", unit="count"),
    Column("missing", "number", "没回答人数", "without an answer", "没有回答的人数", "People who gave no answer", unit="count"),
    Column("promoter_share", "number", "推荐者占比", "promoters", "打 9、10 分的人占回答人数的份额", "Answers of 9 and 10 over all answers", unit="share"),
    Column("passive_share", "number", "中立者占比", "passives", "打 7、8 分的人占回答人数的份额", "Answers of 7 and 8 over all answers", unit="share"),
    Column("detractor_share", "number", "贬损者占比", "detractors", "打 0 到 6 分的人占回答人数的份额",
           "Answers of 0 to 6 over all answers", unit="share"),
    Column("net_promoter_score", "number", "净推荐值", "net promoter score", "推荐者占比减贬损者占比，乘 100",
           "Share of promoters less share of detractors, times 100", unit="points"),
    Column("csat_share", "number", "满意占比（CSAT）", "CSAT", "选了最高两档的人占回答人数的份额", "Answers in the two best boxes over all answers", unit="share"),
    Column("estimate", "number", "估计值", "estimate", "算出来的值", "The value found", unit="ratio"),
    Column("low", "number", "区间下限", "low end", "区间的下端", "The low end of the interval", unit="ratio"),
    Column("high", "number", "区间上限", "high end", "区间的上端", "The high end of the interval", unit="ratio"),
    Column("item", "text", "题目", "item", "问卷里的一道题", "One item of a questionnaire"),
    Column("standard_deviation", "number", "标准差", "standard deviation", "回答的标准差", "Standard deviation of the answers", unit="points"),
    Column("missing_share", "number", "漏答占比", "left out", "没回答这道题的人占的份额", "Share who left the item out", unit="share"),
    Column("item_total", "number", "题总相关", "item–total correlation", "和同一量表其余各题之和的相关",
           "Correlation with the sum of the other items of the scale", unit="ratio"),
    Column("alpha_if_dropped", "number", "删题后的 α", "alpha without it", "去掉这道题以后的克隆巴赫 α", "Cronbach's alpha of the other items", unit="ratio"),
    Column("weak", "yes_no", "偏弱", "weak", "题总相关低于标准", "Whether the item–total correlation is below the standard"),
    Column("items", "number", "题数", "items", "有几道题", "How many items", unit="count"),
    Column("alpha", "number", "克隆巴赫 α", "Cronbach's alpha", "信度系数", "A coefficient of reliability", unit="ratio"),
    Column("average_variance_extracted", "number", "平均方差提取量", "average variance extracted", "构念解释了各题方差的多少",
           "What share of its items' variance a construct explains", unit="share"),
    Column("composite_reliability", "number", "组合信度", "composite reliability", "由载荷算出的信度", "Reliability from the loadings", unit="ratio"),
    Column("known_column", "text", "已知信息", "what is known", "对所有受邀者都知道的一项", "Something known of everybody invited"),
    Column("known_value", "text", "分组", "group", "这一项的取值", "The value of it"),
    Column("invited", "number", "邀请人数", "invited", "邀请了多少人", "People invited", unit="count"),
    Column("response_rate", "number", "回收率", "response rate", "回答人数占邀请人数的份额", "Answered over invited", unit="share"),
)  # fmt: skip
"""Scores by group, the quality of items and scales, and response rates."""
