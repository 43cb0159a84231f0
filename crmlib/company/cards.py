"""What the datasheets say of each table beyond its contract: heading and text, in Chinese and English."""

from __future__ import annotations

CARDS = {
    "customers": (
        ("这张表回答什么", "What it answers", "云雀快递有哪些客户：做哪一行、在哪里、谁负责、什么时候开的户。",
         "Who Lark's customers are: their market, place, salesperson and the day they opened their account."),
        ("一行是什么", "What a row is", "一个登记过的客户。约 5% 只登记、从没寄过件，他们是潜在客户。",
         "One registered customer. About 5% registered and never shipped: the potential customers."),
        ("当心", "Take care", "预计年增长是客户经理自己估的，有偏也有错；零散客户没有客户经理，这两列留空。",
         "Expected growth is the salesperson's own guess, biased and noisy; walk-in customers have no salesperson: both are empty."),
    ),
    "waybills": (
        ("这张表回答什么", "What it answers", "谁在什么时候寄了什么、寄到哪、多重、收了多少钱、花了多少成本、几时送到。",
         "Who sent what and when, where to, how heavy, at what price and cost, and when it arrived."),
        ("一行是什么", "What a row is", "一件快件。一个客户可以有很多行，也可以一行没有。", "One parcel. A customer may have many rows, or none."),
        ("怎么定价", "How the price comes about", "首重加续重，续重不足一千克按一千克算，再乘（1 − 客户折扣）；不计体积重。",
         "First kilogram plus each further kilogram begun, times (1 − the customer's discount); volumetric weight is ignored."),
        ("当心", "Take care", "数据截止时还在路上的快件、丢失的快件都没有签收时间。算准时率时，先说清它们怎么算。",
         "Parcels still under way when the data end and lost ones have no delivered_at. Say first how an on-time rate counts them."),
    ),
    "salespeople": (
        ("这张表回答什么", "What it answers", "有哪些客户经理，谁走了、什么时候走的、客户交给了谁。",
         "Who the salespeople are, who left and when, and who took over the customers."),
        ("当心", "Take care", "客户表里记的是现在的客户经理；要看当时是谁，得顺着前任编号往回找。",
         "The table of customers names today's salesperson; who it was at another time follows from the predecessors."),
    ),
    "contacts": (
        ("这张表回答什么", "What it answers", "每个有客户经理的客户，该找谁、从什么渠道找。", "Whom to talk to at each customer that has a salesperson, and how."),
        ("一行是什么", "What a row is", "一位联系人；一个客户有一到三位。姓名和号码都是虚构的，号码还遮住了四位。",
         "One contact person; a customer has one to three. Names and numbers are invented, and four digits are masked."),
    ),
    "tracking": (
        ("这张表回答什么", "What it answers", "每件快件几点到了哪个节点。", "When each parcel reached which node."),
        ("一行是什么", "What a row is", "一次扫描。国内件最多六个节点，国际及港澳台件多一次清关。",
         "One scan. Parcels inside China have up to six nodes; cross-border ones are cleared as well."),
        ("当心", "Take care", "在途的快件只有走过的节点；丢失的快件停在最后一次扫描。一件快件有好几行，和运单表连接时别把运费数了几遍。",
         "Parcels under way have only the nodes passed, lost ones stop at their last scan. A parcel has several rows: joined to waybills, do not "
         "count its price more than once."),
    ),
    "calendar": (
        ("这张表回答什么", "What it answers", "哪天上班、哪天放假、哪天调休，离 618、双11、双12、春节还有几天。",
         "Which days are worked, off or swapped, and how far the next sales festival or Spring Festival is."),
        ("一行是什么", "What a row is", "一天。", "One day."),
        ("来源", "Where it comes from", "节假日和调休是真实的，取自 holidays 程序包（国务院办公厅历年通知）；业务高峰的起止是教学取值。",
         "Holidays and swapped days are real, from the holidays package (the State Council's notices); the bounds of the peaks were chosen for teaching."),
        ("当心", "Take care", "“工作日”不等于“周一到周五”：调休的周末要上班。国务院还没公布的年份只有法定节日，没有调休。",
         "A working day is not Monday to Friday: swapped weekend days are worked. A year not yet announced has its holidays but no swaps."),
    ),
    "market_prices": (
        ("这张表回答什么", "What it answers", "四家虚构的对手每月在各线路、各产品上挂什么价。", "What four invented competitors charge by month, route and product."),
        ("一行是什么", "What a row is", "一家对手、一条线路、一种产品、一个月。对手不做的线路和产品没有行。",
         "One competitor, route, product and month. What a competitor does not offer has no row."),
        ("怎么生成", "How it was made", "云雀挂牌价 × 对手水平 × 线路 × 逐年变化 × 旺季加价 × 价格战 × 噪声，取到 0.1 元。",
         "Lark's list price × level × route × drift × peak surcharge × price war × noise, to 0.1 yuan."),
        ("当心", "Take care", "这是挂牌价，不是成交价；拿它和云雀打折后的价比，会高估云雀的优势。",
         "These are list prices: set beside Lark's discounted prices they flatter Lark."),
    ),
    "policies": (
        ("这张表回答什么", "What it answers", "哪些通知改变了行业规则，从哪天起，改了什么。", "Which notices changed the trade's rules, from when, and how."),
        ("一行是什么", "What a row is", "一条通知。“是否虚构”为是的，全是为教学编的。", "One notice. Where invented is yes, it was made up for teaching."),
        ("当心", "Take care", "只有“是否虚构”为否的一行是真实的法规事实，不要把其余的当法规引用。",
         "Only the row with invented = no is a fact of law; do not cite the others as rules."),
    ),
    "partners": (
        ("这张表回答什么", "What it answers", "公司和哪些航空、车队、快递柜、报关行、平台合作。", "The airlines, hauliers, lockers, brokers and marketplaces the firm works with."),
        ("一行是什么", "What a row is", "一家伙伴，名称全部虚构。", "One partner; all names invented."),
        ("当心", "Take care", "评分是公司自己打的，没有公布标准。", "The rating is the firm's own; its criteria are not published."),
    ),
    "incidents": (
        ("这张表回答什么", "What it answers", "什么时候、哪里出了什么事，快件因此多花几小时。", "What went wrong when and where, and how many hours it cost."),
        ("一行是什么", "What a row is", "一次事件，全部虚构；受影响的是起止日之间收件、始发或目的在该地区的快件。",
         "One incident, all invented; touched are parcels picked up within its days that come from or go to its region."),
        ("当心", "Take care", "“多耽误的小时”是事后估计的平均数，不是每件都一样。", "The extra hours are an average estimated afterwards, not the same for every parcel."),
    ),
    "source_records": (
        ("这张表回答什么", "What it answers", "同一批客户在订单、仓储、运输、支付四个系统和客户经理的 Excel 名单里各是什么样：哪些记录其实是同一个客户？",
         "How the same customers look in four systems and the salespeople's lists: which records are one customer?"),
        ("一行是什么", "What a row is", "一个系统里的一条客户记录。平均每个客户约 2.25 条。", "One record of one system, about 2.25 a customer."),
        ("怎么生成", "How it was made", "先造出每个客户的真实资料，再按各系统的差错率写错、写短、漏填、重复、用旧号码或分公司名义。",
         "Each customer's true particulars, then written down with each system's slips, short forms, gaps, repeats, old numbers and branches."),
        ("不会是真的", "Nothing is real", "手机 129 开头、座机本地号 0 开头、税号 Z 开头、身份证号 99 开头、邮箱 .example 结尾：都不可能是真实号码；省市是真的，区和街道是虚构的。",
         "Mobiles begin with 129, local numbers with 0, tax numbers with Z, identity cards with 99, e-mail ends in .example: none can be real; "
         "provinces and cities are real, districts and streets invented."),
        ("当心", "Take care", "同名不一定同一个客户（约 2% 与别人同名）；分公司的记录算总公司这个客户的。差错率是教学取值，不能当行业水平引用。",
         "One name is not one customer (about 2% bear another's); a branch's record belongs to its head office. The error rates were chosen for "
         "teaching and say nothing of the trade."),
    ),
    "invoices": (
        ("这张表回答什么", "What it answers", "月结客户每个月欠公司多少、几时到期、信用等级和额度是多少。",
         "What each monthly account owes for each month, when it is due, its credit class and its limit."),
        ("一行是什么", "What a row is", "一个月结客户一个月的账单；当月没寄件就没有账单。金额等于当月运单的运费合计，一分不差。",
         "The invoice of one monthly account and month; none in a month without parcels. It equals the sum of the month's waybills to the cent."),
        ("怎么生成", "How it is made", "每月最后一天出账；付款天数由信用等级定：A 60 天、B 45 天、C 30 天、D 15 天。信用等级是公司评的，会评错。",
         "Issued on the last day of the month; the class sets the terms: A 60, B 45, C 30, D 15 days. The firm gives the classes, and errs."),
        ("当心", "Take care", "算账龄从到期日起，不从出账日起。最后几个月的账单还没到期，没付不等于逾期。",
         "Age receivables from the due day, not from the day of issue. The last months' invoices are not due yet: unpaid is not overdue."),
    ),
    "payments": (
        ("这张表回答什么", "What it answers", "哪份账单在哪一天收到了多少钱。", "How much arrived for which invoice on which day."),
        ("一行是什么", "What a row is", "一笔收款。约 7% 的账单分两笔付，约 1% 始终不付，约 1% 凑整多付。",
         "One payment. About 7% of invoices are paid in two parts, about 1% never, about 1% rounded up."),
        ("怎么生成", "How it is made", "迟付天数随客户的信用质量变：质量高一个标准差，早付 5 天；另有客户习惯和右偏的运气。应收账款约合 24–36 天的收入。",
         "Days late follow credit quality: one standard deviation more, five days earlier; besides habit and luck skewed to the right. "
         "Receivables stand for about 24–36 days of sales."),
        ("当心", "Take care", "数据截止以后才到的钱不在表里。只看已付的账单，会低估迟付：付得慢的还没付。",
         "Money that arrives after the data end is not here. Paid invoices alone understate delay: the slow have not paid yet."),
    ),
    "leads": (
        ("这张表回答什么", "What it answers", "销售线索从哪里来，走到了哪一步，哪一天，最后签约还是丢单，为什么丢。",
         "Where leads come from, how far each came and when, whether it was won or lost, and why."),
        ("一行是什么", "What a row is", "登记一次的线索。约 6% 是同一家重复登记，名称写法可能不同，电话后四位相同。签约的都是客户表里的客户，签约日就是开户日期。",
         "One entry of a lead. About 6% are firms entered twice, perhaps written in another way, with the same last four digits of the phone. "
         "Those won are in the table of customers, and were won on the day their account was opened."),
        ("怎么生成", "How it is made", "签约的对数几率是来源、报价等待天数、折扣的线性函数，系数见参数表（sales.source_effects 等）。",
         "The log odds of winning are linear in source, days until the quote and discount; the coefficients are among the parameters (sales.source_effects and so on)."),
        ("当心", "Take care", "数据截止时还有线索没结束，不能算丢单；丢单原因是客户经理自己写的。数据开始以前登记的线索不在表里。",
         "Some leads are still open when the data end: they are not lost. Reasons are what salespeople wrote. Leads entered before the first day are not here."),
    ),
    "quotes": (
        ("这张表回答什么", "What it answers", "给线索报了什么价、打了多少折、对方接不接受。", "Which price and discount a lead was quoted, and whether it accepted."),
        ("一行是什么", "What a row is", "一份报价。约四分之一的线索改过一次价，第一份记为“改价”。", "One quote. About a quarter of the leads got a second one; the first then stands as revised."),
        ("怎么生成", "How it is made", "报价比应得折扣每多一个百分点，签约的对数几率加 0.12。接受的报价就是客户后来运单的折扣。",
         "Each further percentage point of discount over the tier's adds 0.12 to the log odds. An accepted quote is the discount of the later waybills."),
        ("当心", "Take care", "改过价的线索有两行，先选最后一份再分析。", "Leads with a revision have two rows: take the last before you analyse."),
    ),
    "touches": (
        ("这张表回答什么", "What it answers", "公司什么时候走访、关怀、通知了哪个客户，走哪个渠道，客户态度怎样。",
         "When the firm visited, cared for or told which customer, by which channel, and in what mood it found them."),
        ("一行是什么", "What a row is", "一次接触。零散客户没有客户经理，也没有接触记录。", "One touch. Walk-in customers have no salesperson and no touches."),
        ("怎么生成", "How it is made", "大、中、小客户 14、30、180 天走访一次，约 85% 按期完成；态度分随潜在满意度变；所在地区有了主动通知以后，延误多的月份发通知。",
         "Key, middle and small customers are visited every 14, 30 and 180 days, about 85% of the time; the mood follows the latent satisfaction; "
         "once a region has proactive notices, customers are told in months with many delays."),
        ("当心", "Take care", "走访次数由客户大小决定，不是随机的：走访多的客户留得久，不等于走访留住了客户。",
         "Visits go by the customer's size, not by lot: that the often visited stay longer does not show that visits keep them."),
    ),
    "offers": (
        ("这张表回答什么", "What it answers", "随机发的优惠有没有用，对谁有用。", "Whether offers drawn by lot work, and for whom."),
        ("一行是什么", "What a row is", "一位客户参加一次试验。首单券发给新开户的客户；挽留券每季一次发给流失风险高的客户，同一客户可以参加几次；会员邀请发给常寄件的客户，只参加一次。",
         "One customer in one trial. First-order coupons go to new accounts; retention coupons each quarter to customers at high risk, some of them "
         "several times; membership invitations to regular senders, once each."),
        ("怎么生成", "How it is made", "按客户类型分层，抽一半发优惠。作用是相加的，各类客户不同，另有一个调节变量：首单看是否在校园与社区，挽留看是否开户一年以上，会员看是否注册公司。运单先定，抽签按贝叶斯公式倒推，所以结果同运单表完全一致，又等同于公平抽签。",
         "Half of each market are drawn for the offer. Effects add up and differ by market and one moderator: campus or residential area (first order), "
         "account older than a year (retention), registered company (membership). The waybills come first and the lots are drawn backwards by Bayes' rule, "
         "so that outcomes agree with the waybills and the draw is fair all the same."),
        ("当心", "Take care", "比较要按抽签的组别，不能按是否领用：愿意领用的客户本来就不一样。挽留券对开户一年以上的零散客户反而有害。考察期没完的没有结果。",
         "Compare by the arm drawn, never by who took the offer up: those were different before. Retention coupons harm walk-in customers of over a year. "
         "Where the period is not over there is no outcome."),
    ),
    "members": (
        ("这张表回答什么", "What it answers", "谁是会员、几时入会、什么等级。", "Who is a member, since when, in which tier."),
        ("一行是什么", "What a row is", "一位会员。领用会员邀请的当天入会；试验对照组的客户不在里面。",
         "One member. Who takes up an invitation joins on that day; the trial's control arm is not among them."),
        ("怎么生成", "How it is made", "等级看最近 12 个月的运费：300 元银卡，1,500 元金卡，6,000 元钻石。",
         "The tier follows the spend of the last 12 months: silver from 300 yuan, gold from 1,500, diamond from 6,000."),
        ("当心", "Take care", "会员花得多，不等于入会让人花得多；要看作用，用优惠试验表。", "That members spend more does not show that joining makes them; for the effect use the offers."),
    ),
    "points": (
        ("这张表回答什么", "What it answers", "会员的积分怎么来、怎么用、怎么过期，还剩多少。", "How points are earned, redeemed and expire, and what is left."),
        ("一行是什么", "What a row is", "一笔积分变动，带记账以后的余额；余额从不为负。", "One change of points with the balance after it, which is never negative."),
        ("怎么生成", "How it is made", "入会以后每一元运费一分，按月记，零头不计；六月底和十二月底，上一个半年得的、还没用的分过期。",
         "One point for each whole yuan of a month since joining; at the end of June and December those of the half year before that were not used expire."),
        ("当心", "Take care", "没到期的余额是公司欠会员的，不是利润。", "The balance is what the firm owes its members, not a profit."),
    ),
    "survey_invitations": (
        ("这张表回答什么", "What it answers", "每次满意度调查邀请了谁、从什么渠道、谁回答了、什么时候回答的。",
         "Whom each survey asked, by which channel, who answered and when."),
        ("一行是什么", "What a row is", "一个客户、一次调查。当月还在寄件名单上的客户全部受邀，一年两次（4 月和 10 月）。",
         "One customer and survey. Every customer then on the books is asked, twice a year (April and October)."),
        ("怎么生成", "How it was made", "回答的对数几率 = 客户类型 + 渠道 + 0.40 × 满意度（潜变量）。",
         "Log odds of answering = market + channel + 0.40 × satisfaction (latent)."),
        ("当心", "Take care", "不满意的客户更少回答，所以回答者的平均分高于全体客户；别把回答者当成全部客户。",
         "The dissatisfied answer less, so respondents score higher than customers do; do not take respondents for all customers."),
    ),
    "surveys": (
        ("这张表回答什么", "What it answers", "客户怎么看云雀：指数各环节、七个构念、服务质量差距、Kano 需求、重要程度、推荐意愿、意见。",
         "How customers see Lark: stages of the index, seven constructs, service gaps, Kano needs, importance, willingness to recommend, comment."),
        ("一行是什么", "What a row is", "一位回答者的一次调查。同一客户可以有好几行。", "One respondent in one survey. A customer may have several rows."),
        ("怎么生成", "How it was made", "七个构念的题 = 平均分 + 标准差 ×（载荷 × 潜变量 + 噪声），再取整、截到 1–10。指数题的均值取自国家邮政局 2021 年和 2024 年二季度公布的分数。",
         "Items of the constructs = mean + spread × (loading × latent + noise), rounded and kept within 1–10. Means of the index items are the "
         "State Post Bureau's scores of 2021 and 2024 Q2."),
        ("当心", "Take care", "名字以 _reversed 结尾的三题是反向题，先用 11 减。售后各题没用过售后的人不答，留空不是 0 分。同一客户的几行彼此不独立。",
         "The three items ending in _reversed are reversed: take them from 11 first. After-sales items are empty, not 0, for those who never "
         "used it. Rows of one customer are not independent."),
    ),
    "cases": (
        ("这张表回答什么", "What it answers", "客户来投诉、咨询、索赔、表扬了什么，多久有人答复，多久办结，赔了多少，事后满不满意。",
         "What customers complained, asked, claimed or praised; how soon it was answered and settled, what was paid, and whether they were satisfied."),
        ("一行是什么", "What a row is", "一张工单。同一件快件可以既有投诉又有索赔。", "One case. One parcel may have a complaint and a claim."),
        ("怎么生成", "How it was made", "每件快件按它遇到的事（正常、延误、破损、丢失）以给定的概率引起工单，抱怨倾向高的客户更容易投诉；高峰时答复排队。内容由短语拼成，有错字、一次说几件事、说不清的。",
         "Each parcel leads to a case with a stated chance by what happened to it (fine, late, damaged, lost), more so for customers who are prone "
         "to complain; answers queue at the peak. Texts are put together from phrases, with typing errors, second matters and vague ones."),
        ("当心", "Take care", "答复不等于办结；没办完的工单也要算进时长。登记的事由约 4% 是错的。这里是向公司的投诉（每千件），不是向主管部门的申诉（每百万件）。",
         "A response is not a resolution; open cases belong in the clock. About 4 % of the recorded causes are wrong. These are complaints to the "
         "firm (per thousand), not appeals to the regulator (per million)."),
    ),
    "agents": (
        ("这张表回答什么", "What it answers", "客服热线有哪些坐席：哪个班组、什么时候来的、什么时候走的、有多熟练。",
         "Who answers the hotline: team, when they joined and left, and how skilled they are."),
        ("一行是什么", "What a row is", "一位坐席。离职的也在，接替的人另有一行。", "One agent. Those who left stay in; whoever replaced them has a row of their own."),
        ("当心", "Take care", "坐席只有几个人，按人比较时样本很小；技能评分是班长打的，不是考试成绩。",
         "There are only a few agents, so comparisons between them rest on few people; skill is the team leader's mark, not a test."),
    ),
    "shifts": (
        ("这张表回答什么", "What it answers", "哪天谁上班、几点到几点、什么时候休息、实际来没来。",
         "Who worked on which day, from when to when, with which break, and who did not come."),
        ("一行是什么", "What a row is", "一位坐席的一个班次。按平日的来电量排班，旺季没有加人。",
         "One shift of one agent. Shifts are planned for the ordinary load; nobody is added at the peak."),
        ("当心", "Take care", "临时缺勤没有人顶班，那几个小时可能一个坐席也没有；休息时间是计划的，手上的电话接完才休息。",
         "Nobody stands in for short-notice absences, so some hours have no agent at all; breaks are as planned, a call under way is finished first."),
    ),
    "calls": (
        ("这张表回答什么", "What it answers", "谁什么时候打来、为什么、自助解决了没有、排了多久、谁接的、办妥了没有。",
         "Who called when and why, whether the menu settled it, how long they queued, who answered, and whether the matter was settled."),
        ("一行是什么", "What a row is", "一通来电。每通都有且只有一个结局：自助解决、在导航中挂断、排队中放弃，或人工接听。",
         "One call. Each ends in exactly one way: settled in the menu, left in the menu, abandoned in the queue, or answered."),
        ("怎么来的", "How it comes about",
         "来电跟着快件走：迟到、丢损、旺季多打，有主动通知的地区少打。排队是逐通模拟的：先到先接，坐席按班次，来电人的耐心服从指数分布，挂断的会再打。",
         "Calls follow the parcels: delays, losses and peaks bring more, proactive notices fewer. The queue is simulated call by call: first come, "
         "first served, agents by their shifts, exponential patience; those who hang up may call again."),
        ("当心", "Take care",
         "云雀的热线很小，多数时候只有一两个人接听，忙的程度差一点，等待就差很多。没接到的来电没有原因；重复来电各占一行，数事情要先去掉重复；"
         "接通的来电，等待时长只说明耐心不短于此。",
         "Lark's hotline is small: one or two agents at most times, so a little more load means much longer waits. Calls that nobody answered have no "
         "reason; repeats are rows of their own, so remove them to count matters; the wait of an answered call only bounds the caller's patience from below."),
    ),
}  # fmt: skip
