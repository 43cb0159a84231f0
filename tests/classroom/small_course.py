"""A lesson and a sheet of two items, just large enough for every rule of the build."""

from __future__ import annotations

from pathlib import Path

STEM = "1-1-customer-classes"

LESSON = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
crm:
  task: "1-1"
  kind: lesson
---

+++ {"lang": "zh"}

# 给客户分类

先看**关键客户**。

+++ {"lang": "en"}

# Classing customers

First the **key customers**.

```{code-cell} ipython3
:tags: [setup]

import crmlib as crm
crm.setup("zh")
```

+++ {"lang": "zh"}

## 先猜一猜

你猜是多少？

+++ {"lang": "en"}

## Guess first

What is your guess?

```{code-cell} ipython3
guess_percent = 50
```
"""

SHEET = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
crm:
  task: "1-1"
  kind: sheet
  points: 8
---

+++ {"lang": "zh"}

# 练习：两道题

+++ {"lang": "en"}

# Sheet: two items

```{code-cell} ipython3
:tags: [setup]

import crmlib as crm
from crmlib.classroom import marking as mark
crm.setup("zh")
```

+++ {"lang": "zh"}

## 第 1 题　求和

交出 `total`。

+++ {"lang": "en"}

## Item 1: a sum

Deliver `total`.

```{code-cell} ipython3
---
nbgrader: {grade_id: total, solution: true, grade: false, locked: false, schema_version: 3, task: false}
scaffold: |
  prices = [8, 9, 10]
  total = ____(prices)
---
### BEGIN SOLUTION
prices = [8, 9, 10]
total = sum(prices)
### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {grade_id: total-test, solution: false, grade: true, locked: true, points: 3, schema_version: 3, task: false}
answers: [total]
---
given = mark.number("total")
### BEGIN HIDDEN TESTS
mark.equals(given, 20 + 7)
### END HIDDEN TESTS
```

```{code-cell} ipython3
---
tags: [right]
of: total
---
total = 8 + 9 + 10
```

```{code-cell} ipython3
---
tags: [right]
of: total
---
total = 27.0
```

```{code-cell} ipython3
---
tags: [wrong]
of: total
loses: {total-test: 3}
hint: generic-wrong
---
total = 8 * 9 * 10
```

```{code-cell} ipython3
---
tags: [wrong]
of: total
loses: {total-test: 2}
hint: generic-wrong
---
total = max([8, 9, 10])
```

+++ {"lang": "zh"}

## 第 2 题　给经理写一句话

+++ {"lang": "en"}

## Item 2: a sentence to the manager

+++ {"lang": "zh", "nbgrader": LETTER}

### BEGIN SOLUTION
经理，一共二十七元整。
### END SOLUTION

+++ {"lang": "en", "nbgrader": LETTER}

### BEGIN SOLUTION
Dear manager, it is twenty-seven yuan exactly.
### END SOLUTION

+++ {"lang": "zh", "tags": ["rubric"], "of": "letter"}

写对总数，得五分。

+++ {"lang": "en", "tags": ["rubric"], "of": "letter"}

Five points for the right total.
"""

SHEET = SHEET.replace("LETTER", '{"grade_id": "letter", "solution": true, "grade": true, "locked": false, "points": 5, "schema_version": 3}')

SECRETS = ("sum(prices)", "20 + 7", "二十七", "twenty-seven", "8 + 9 + 10", "27.0", "8 * 9 * 10", "max([", "写对总数", "Five points for")
"""What the sheet must keep from students."""


def write(root: Path, *, lesson: str | None = LESSON, sheet: str | None = SHEET) -> Path:
    """A repository in `root` with these sources."""
    for folder, text in (("notebooks/src", lesson), ("exercises/src", sheet)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        if text is not None:
            (root / folder / f"{STEM}.md").write_text(text, encoding="utf-8")
    return root
