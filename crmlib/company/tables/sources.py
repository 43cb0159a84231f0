"""Contract of the customers' records as five systems hold them, each in its own way."""

from __future__ import annotations

from crmlib.company.contract import Column, Table, Value

SOURCE_RECORDS = Table("source_records", "多系统客户记录表", "customer records of five systems", (
    Column("system", "category", "系统", "system", "记录出自哪个系统", "The system that the record comes from", values=(
        Value("order", "订单系统", "order system"), Value("warehouse", "仓储系统", "warehouse system"),
        Value("transport", "运输系统", "transport system"), Value("payment", "支付系统", "payment system"),
        Value("sales_list", "客户经理的 Excel 名单", "salespeople's Excel lists"))),
    Column("record_id", "text", "记录编号", "record number",
           "系统自己的编号，各系统互不相干", "The system's own number; the systems do not know each other's", key=True),
    Column("name", "text", "客户名称", "customer name",
           "这个系统里登记的名称，会有错字、简称、繁体和分公司；全部虚构",
           "The name as this system has it, with typing errors, short forms, traditional characters and branches; all invented"),
    Column("contact_name", "text", "联系人", "contact person", "联系人姓名或称呼；没登记的留空，全部虚构",
           "The contact's name or form of address; empty where not recorded; all invented", nullable=True),
    Column("mobile", "text", "手机", "mobile phone",
           "129 开头，不是真实的手机号段；写法各异，没登记的留空",
           "Begins with 129, which no real mobile number does; written in many ways; empty where not recorded", nullable=True),
    Column("landline", "text", "座机", "landline",
           "本地号以 0 开头，不可能是真实号码；没有或没登记的留空",
           "The local part begins with 0, which no real one does; empty where there is none or not recorded", nullable=True),
    Column("address", "text", "地址", "address",
           "省市区街道写成一段；省市是真的，区和街道是虚构的",
           "Province, city, district and street in one text; provinces and cities are real, districts and streets invented", nullable=True),
    Column("id_type", "category", "证件类型", "kind of identity number", "登记的是哪种号码；没登记的留空",
           "Which number is recorded; empty where none is", nullable=True, values=(
               Value("tax_number", "统一社会信用代码", "tax number"), Value("identity_card", "身份证号", "identity card"))),
    Column("id_number", "text", "证件号码", "identity number",
           "虚构：税号以 Z 开头，身份证号以 99 开头，都不可能真实",
           "Invented: tax numbers begin with Z and identity cards with 99, as no real ones do", nullable=True),
    Column("email", "text", "电子邮箱", "e-mail", "域名以 .example 结尾，不会送达任何人；没登记的留空",
           "Domains end in .example and reach nobody; empty where not recorded", nullable=True),
    Column("created_on", "date", "建档日期", "created on", "这个系统建这条记录的日期", "The day on which this system made the record", unit="date"),
))  # fmt: skip

TABLES = (SOURCE_RECORDS,)
