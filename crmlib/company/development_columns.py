"""What the columns and codes of the economics of customers and of winning and developing them are called, in both languages."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("visits_yuan", "yuan", "走访成本", "visits", "走访花了多少", "What visits cost"),
    ("care_yuan", "yuan", "关怀成本", "care", "关怀和通知花了多少", "What greetings and notices cost"),
    ("cases_yuan", "yuan", "工单成本", "cases", "投诉、索赔、咨询花了多少", "What complaints, claims and inquiries cost"),
    ("calls_yuan", "yuan", "来电成本", "calls", "接电话花了多少", "What answering calls cost"),
    ("serve_yuan", "yuan", "服务成本", "cost to serve", "服务这位客户一共花了多少", "All that looking after the customer cost"),
    ("contribution_yuan", "yuan", "贡献", "contribution", "毛利减服务成本", "Margin less cost to serve"),
    ("cumulative_yuan", "yuan", "累计", "added up", "从头加到这一行", "Added up to this row"),
    ("total_yuan", "yuan", "合计", "total", "一共花了多少", "All that was spent"),
    ("stay_share", "share", "保留率", "retention", "一年后还在的客户占多少", "Customers who stay a year"),
    ("growth_yuan", "yuan", "增长潜力", "potential", "客户经理预计的增长能带来多少毛利", "Margin that the expected growth may bring"),
    ("first_half_yuan", "yuan", "前半段贡献", "first half", "前半段时间的贡献", "Contribution in the first half"),
    ("second_half_yuan", "yuan", "后半段贡献", "second half", "后半段时间的贡献", "Contribution in the second half"),
    ("lead_yuan", "yuan", "每条线索成本", "cost a lead", "每条线索平均花多少", "Spent for each lead"),
    ("spent_yuan", "yuan", "花费", "spent", "一共花了多少", "Spent in all"),
    ("wins", "count", "签约数", "won", "签了约的线索数", "Leads that were won"),
    ("decided", "count", "有结果的", "decided", "签约或丢单的线索数", "Leads won or lost"),
    ("arrived", "count", "到达数", "reached", "走到这一步的有多少", "How many came so far"),
    ("moved_on", "count", "往下走", "moved on", "走到下一步的有多少", "How many went on to the next step"),
    ("moved_or_lost", "count", "离开数", "left the step", "往下走或丢单的有多少", "How many moved on or were lost"),
    ("waiting", "count", "还在等", "waiting", "还停在这一步的有多少", "How many are still there"),
    ("conversion", "share", "转化率", "conversion", "有结果的线索里往下走的占多少", "Share of those decided that move on"),
    ("chance_to_win", "share", "签约可能", "chance to win", "从这一步走到签约的可能性", "Chance to be won from here on"),
    ("win_chance", "share", "签约概率", "chance to be won", "打分算出的签约可能性", "Chance by the score"),
    ("median_days", "days", "半数离开的天数", "days until half had left", "一半线索离开这一步用了几天", "Days after which half had left the step"),
    ("odds_ratio", "ratio", "几率比", "odds ratio", "几率是作比较的那一组的几倍", "Odds over those of the group compared with"),
    ("likeness", "share", "相似度", "likeness", "两个名称有多像", "How alike the names are"),
    ("days_after", "days", "相隔天数", "days after", "比先登记的晚几天", "Days after the first entry"),
    ("support", "share", "支持度", "support", "两边都有的客户占多少", "Share of customers with both sides"),
    ("confidence", "share", "置信度", "confidence", "有左边的客户里，有右边的占多少", "Share with the right side among those with the left"),
    ("lift", "ratio", "提升度", "lift", "置信度是全体使用率的几倍", "Confidence over the share among all"),
    ("lift_later", "ratio", "后来的提升度", "lift later", "后来开始用的比例是全体的几倍", "Rate of those who took it up over that of all"),
    ("asked", "count", "可推荐的", "could be asked", "有左边没有右边的客户数", "Customers with the left side and without the right"),
    ("took", "count", "后来用了", "took it up", "后来开始用的客户数", "Customers who took it up later"),
    ("rebate", "share", "年返比例", "rebate", "年底返还运费的比例", "Share of the freight paid back at the end of the year"),
    ("short_yuan", "yuan", "还差", "short of", "离下一档还差多少运费", "Freight still short of the next tier"),
    ("first_parcel_days", "days", "首单天数", "days to the first parcel", "开户几天后寄第一件", "Days from opening to the first parcel"),
    ("first_visit_days", "days", "首访天数", "days to the first visit", "开户几天后第一次走访", "Days from opening to the first visit"),
    ("watched_days", "days", "观察天数", "days watched", "开户到数据截止有几天", "Days from opening to the data end"),
    ("payback", "months", "回本月数", "payback", "几个月收回获客成本", "Months until the cost to win is back"),
    ("target_points", "points", "目标", "target", "想达到的分数", "The points aimed at"),
    ("gap_points", "points", "差距", "gap", "离目标还差几分", "Points short of the target"),
    ("power", "share", "检验力", "power", "真有作用时能看出来的可能性", "Chance to see an effect that is there"),
    ("look", "count", "第几次看", "look", "第几次看结果", "Which look at the results"),
    ("one_look", "share", "只看这一次", "looked at once", "只看这一次时，看起来有作用的占多少", "Share that seems to work at this look alone"),
    ("so_far", "share", "看到就停", "stopped when clear", "到这一次为止看起来有过作用的占多少", "Share that seemed to work by this look"),
    ("fair_looks", "share", "公平的门槛", "fair bar", "用更高的门槛时占多少", "The same with the fair bar"),
)  # fmt: skip

_EFFORTS = (Value("invest", "重点投入", "invest"), Value("keep", "守住", "keep"), Value("develop", "培育", "develop"),
            Value("self_service", "自助服务", "self-service"))  # fmt: skip
_LOOKS = (
    Value("too_young", "新客户，再等等", "too new to judge"), Value("our_fault", "我们的责任", "our own fault"),
    Value("promising", "有潜力", "has potential"), Value("growth_unknown", "增长没人清楚", "growth not known"),
    Value("once_only", "只有半段不划算", "paid in one half"), Value("new_price", "重新报价就划算", "pays at a new price"),
    Value("drop", "放弃", "drop"),
)  # fmt: skip

DEVELOPMENT_COLUMNS: tuple[Column, ...] = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    Column("purpose", "category", "用途", "purpose", "钱花来赢得还是留住客户", "Spent on winning or on keeping", values=(
        Value("win", "赢得一位客户", "winning a customer"), Value("keep", "留住一位客户一年", "keeping one for a year"))),
    Column("assumption", "category", "假设", "assumption", "算口碑账用的假设", "What the arithmetic of word of mouth assumes", values=(
        Value("satisfied", "满意客户占比", "share satisfied"), Value("dissatisfied", "不满意客户占比", "share dissatisfied"),
        Value("leads_each", "每位满意客户带来的线索", "leads by a satisfied customer"), Value("deal_share", "线索成交的比例", "share of leads won"),
        Value("told_each", "每位不满意客户影响的人", "people told by a dissatisfied one"),
        Value("lost_of_told", "其中本来会成为客户的", "of these, would-be customers"))),
    Column("fact", "category", "事实", "fact", "本公司数据说了什么", "What the firm's own data say", values=(
        Value("leads_each", "每位满意客户的线索", "leads by a satisfied customer"),
        Value("deals_each", "每位满意客户的成交", "deals by a satisfied customer"),
        Value("close_referral", "介绍来的线索签约率", "win rate by referral"), Value("close_other", "其他线索签约率", "win rate of others"),
        Value("silent_satisfied", "满意的 90 天没寄件", "satisfied, silent for 90 days"),
        Value("silent_dissatisfied", "不满意的 90 天没寄件", "dissatisfied, silent for 90 days"))),
    Column("activity", "category", "作业", "activity", "要花钱的一件事", "Something that costs money", values=(
        Value("lead_website", "官网线索", "lead by the website"), Value("lead_referral", "介绍线索", "lead by referral"),
        Value("lead_visit", "上门开发线索", "lead by a cold visit"), Value("lead_exhibition", "展会线索", "lead by an exhibition"),
        Value("lead_platform", "平台线索", "lead by a platform"), Value("contact", "首次联系", "first contact"),
        Value("need", "确认需求", "finding the need"), Value("quote", "报价", "quote"),
        Value("visit_in_person", "当面走访", "visit in person"), Value("visit_phone", "电话走访", "visit by phone"),
        Value("care", "关怀", "care"), Value("notice", "通知", "notice"), Value("case", "工单", "case"),
        Value("call_hour", "通话一小时", "hour on the phone"))),
    Column("cost_yuan", "number", "成本", "cost", "平均每位（件）花多少", "What one costs", unit="yuan"),
    Column("content_name", "text", "内容", "content", "客户关系管理的一项内容", "One of the contents of customer relationship management"),
    Column("statement", "text", "说法", "statement", "自评的一条", "One statement of the self-assessment"),
    Column("weakness", "text", "不足", "weakness", "快递企业常见的不足", "A weakness common among express firms"),
    Column("found", "yes_no", "是否发现", "found", "自评里有没有这个不足的迹象", "Whether the answers show it"),
    Column("disputed", "yes_no", "意见不一", "disputed", "自评的人相差一级以上", "Those who answered differ by more than a level"),
    Column("first_step", "text", "第一步", "first step", "先做什么", "What to begin with"),
    Column("pays", "yes_no", "划算", "pays", "贡献不小于 0", "A contribution of 0 or more"),
    Column("effort", "category", "投入方式", "kind of effort", "按价值和潜力该投入多少", "How much effort by value and potential", values=_EFFORTS),
    Column("drop_decision", "category", "去留", "serve or drop", "不划算的客户怎么办", "What to do with customers who do not pay", values=(
        Value("serve", "照常服务", "serve"), Value("look_again", "再看一次", "look again"), Value("drop", "放弃", "drop"))),
    Column("look_again", "category", "再看的理由", "reason to look again", "为什么不马上放弃", "What speaks for the customer", values=_LOOKS),
    Column("duplicate_of", "text", "重复于", "repeats", "先登记的是哪一条", "The lead entered first"),
    Column("name_before", "text", "先登记的名称", "name entered first", "先登记的那条写的名称", "The name of the lead entered first"),
    Column("same_phone", "yes_no", "电话相同", "same phone", "电话末四位一样", "The last four digits agree"),
    Column("noticed", "yes_no", "已被发现", "noticed", "客户经理发现它重复", "Its salesperson noticed it"),
    Column("left_side", "text", "左边", "left side", "用了这些的客户", "Customers who use these"),
    Column("right_side", "text", "右边", "right side", "也用这个", "use this, too"),
    Column("stands", "yes_no", "站得住", "stands", "校正以后仍然不像偶然", "Hardly chance, even after correction"),
    Column("start_step", "category", "起步环节", "step of starting", "新客户走到哪一步", "How far new customers come", values=(
        Value("first_week", "7 天内寄件", "shipped within 7 days"), Value("started", "起步期内寄件", "shipped in time"),
        Value("second_month", "第二个月还寄", "shipped in the second month"), Value("visited", "按时走访", "visited in time"))),
    Column("start_state", "category", "起步情况", "start", "新客户起步没有", "Whether a new customer has started", values=(
        Value("started", "已起步", "started"), Value("not_yet", "还没到时候", "not yet due"), Value("not_started", "没起步", "not started"))),
)  # fmt: skip
