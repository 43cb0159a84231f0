"""Contracts of what is owed and paid: the monthly accounts' invoices and their payments."""

from __future__ import annotations

from crmlib.company.contract import Column, Table, Value

INVOICES = Table("invoices", "账单表", "invoices", (
    Column("invoice_id", "text", "账单编号", "invoice number", "一份月结账单一个编号，按出账日期排列", "One number an invoice, in order of issue", key=True),
    Column("customer_id", "text", "客户编号", "customer number", "付款的月结客户", "The customer who owes; only monthly accounts get invoices",
           ref="customers.customer_id"),
    Column("month", "date", "账期", "month billed", "账单是哪个月的运费，记该月 1 日", "The month whose parcels are billed, as its first day", unit="date"),
    Column("issued_on", "date", "出账日期", "issued on", "每月最后一天出账", "The last day of the month", unit="date"),
    Column("due_on", "date", "到期日期", "due on", "出账日期加付款天数；过了这一天还没付清就是逾期",
           "Day of issue plus the terms; what is unpaid after this day is overdue", unit="date", ahead=True),
    Column("parcels", "number", "件数", "parcels", "这个月收件的件数", "Parcels picked up in the month", unit="count", low=1),
    Column("amount_yuan", "number", "账单金额", "amount", "这个月全部运单的运费合计，一分不差",
           "Sum of the prices of the month's waybills, to the cent", unit="yuan", low=0),
    Column("credit_class", "category", "信用等级", "credit class", "公司给客户评的信用等级；评得不一定准",
           "The class in which the firm puts the customer's credit; it may be mistaken", values=(
               Value("A", "A 优", "A excellent"), Value("B", "B 良", "B good"), Value("C", "C 中", "C fair"), Value("D", "D 差", "D poor"))),
    Column("terms_days", "number", "付款天数", "terms", "出账以后几天之内付款", "Days from issue within which to pay", unit="days", low=0),
    Column("credit_limit_yuan", "number", "信用额度", "credit limit",
           "公司最多允许客户欠多少；记录超过额度的，不会自动停寄", "The most that the customer may owe; going beyond is recorded, not prevented",
           unit="yuan", low=0),
), orders=(("month", "issued_on"), ("issued_on", "due_on"), ("customers.opened_on", "issued_on")))  # fmt: skip

PAYMENTS = Table("payments", "收款表", "payments", (
    Column("payment_id", "text", "收款编号", "payment number", "一笔收款一个编号，按到账日期排列", "One number a payment, in order of arrival", key=True),
    Column("invoice_id", "text", "账单编号", "invoice number", "付的是哪份账单；一份账单可以分几笔付，也可以一笔没付",
           "The invoice paid; it may be paid in parts, or not at all", ref="invoices.invoice_id"),
    Column("paid_on", "date", "到账日期", "paid on", "钱到账的那一天；数据截止以后到账的不在表里",
           "The day the money arrived; what arrives after the data end is not here", unit="date"),
    Column("amount_yuan", "number", "到账金额", "amount", "到账多少；多付的不退，合计可以超过账单金额",
           "What arrived; too much paid is not sent back, so the sum may exceed the invoice", unit="yuan", low=0),
    Column("method", "category", "付款方式", "method", "钱是怎么付的", "How the money was paid", values=(
        Value("bank_transfer", "银行转账", "bank transfer"), Value("mobile", "移动支付", "mobile payment"),
        Value("bill", "承兑汇票", "bill of exchange"))),
), orders=(("invoices.issued_on", "paid_on"),))  # fmt: skip

TABLES = (INVOICES, PAYMENTS)
