"""Does a hazard ratio hold at all ages, or does it fade? The test on Schoenfeld's residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.survival.observations import risk_table
from crmlib.survival.partial_likelihood import schoenfeld

if TYPE_CHECKING:
    from crmlib.survival.cox import CoxFit

TRANSFORMS = ("rank", "km", "log", "identity")


def schoenfeld_residuals(fit: CoxFit) -> pd.DataFrame:
    """What each lost customer had beyond the average of those who might have left at that time.

    Answers: does a cause weigh more with young customers than with old ones? Then its residuals drift with time.

    Parameters
    ----------
    fit : CoxFit, from :func:`crmlib.survival.cox`

    Returns
    -------
    DataFrame, one row a loss, in order of time within a stratum
        row (place in the data), time, and one column a covariate

    Raises
    ------
    ValueError
        `fit` is no Cox model.

    Source: Schoenfeld (1982).

    >>> from crmlib.survival import cox
    >>> fit = cox(pd.DataFrame({"days": [5, 8, 9, 12], "lost": [1, 1, 0, 1], "late": [0.3, 0.6, 0.5, 0.4]}), duration="days",
    ...           covariates=["late"])
    >>> bool(abs(schoenfeld_residuals(fit).late.sum()) < 1e-9)
    True
    """
    _check(fit)
    scale = _scale(fit)
    rows, times, residuals = schoenfeld(fit._sets, fit.table["coefficient"].to_numpy() * scale)
    found = pd.DataFrame(residuals * scale, columns=fit.table.index.tolist())
    found.insert(0, "time", times)
    found.insert(0, "row", rows)
    return found


def proportionality(fit: CoxFit, *, transform: str = "rank") -> pd.DataFrame:
    """Test whether each hazard ratio is the same at all ages.

    Answers: may I quote one hazard ratio, or does the effect fade or grow as customers get older?

    Parameters
    ----------
    fit : CoxFit, from :func:`crmlib.survival.cox`
    transform : "rank", "km", "log" or "identity"
        The scale of time against which a drift is sought: the order of the losses, one less the Kaplan–Meier curve, the logarithm, or
        time itself.

    Returns
    -------
    DataFrame, one row a covariate and a last one "all"
        drift (correlation of the scaled residuals with time; above 0: the effect grows), statistic (chi-square), dof, p_value.
        A small p_value says that the ratio is not constant; with very many customers even a harmless drift gives one, so look at the
        drift too.

    Raises
    ------
    ValueError
        `fit` is no Cox model, the transform is unknown, or fewer than three customers were lost.

    Source: Grambsch and Therneau (1994).

    >>> from crmlib.survival import cox
    >>> data = pd.DataFrame({"days": [5, 8, 9, 12, 14], "lost": [1, 1, 0, 1, 1], "late": [0.3, 0.6, 0.5, 0.4, 0.2]})
    >>> proportionality(cox(data, duration="days", covariates=["late"])).dof.tolist()
    [1, 1]
    """
    from scipy.special import chdtrc

    _check(fit)
    if transform not in TRANSFORMS:
        raise ValueError(
            _('transform is "{transform}"; it must be one of {known}.').format(transform=transform, known=", ".join(TRANSFORMS))
        )
    if fit.events < 3:
        raise ValueError(_("{count} loss(es) cannot show a drift; at least three are needed.").format(count=fit.events))
    residuals = schoenfeld_residuals(fit)
    clock = _clock(fit, residuals["time"].to_numpy(), transform)
    clock = clock - clock.mean()
    spread = float(clock @ clock)
    if spread == 0:
        raise ValueError(_("All losses fall on one time, so there is no drift to test."))
    own = residuals[fit.table.index].to_numpy()
    variance = fit.variance.to_numpy()
    push = clock @ own
    scaled = variance @ push
    each = len(own) * scaled**2 / (np.diag(variance) * spread)
    whole = float(len(own) * push @ scaled / spread)
    moves = own @ variance
    moves = moves - moves.mean(axis=0)
    drift = clock @ moves / np.sqrt(spread * (moves**2).sum(axis=0))
    table = pd.DataFrame({
        "drift": [*drift, np.nan], "statistic": [*each, whole], "dof": [1] * len(each) + [len(each)],
    }, index=pd.Index([*fit.table.index, "all"], name="covariate"))  # fmt: skip
    return table.assign(p_value=chdtrc(table["dof"].to_numpy(), table["statistic"].to_numpy()))


def _check(fit: object) -> None:
    if not hasattr(fit, "_sets"):
        raise ValueError(_("This needs what crm.survival.cox gives, not a {kind}.").format(kind=type(fit).__name__))


def _scale(fit: CoxFit) -> np.ndarray:
    return fit._observed[0].std(axis=0)


def _clock(fit: CoxFit, times: np.ndarray, transform: str) -> np.ndarray:
    if transform == "identity":
        return times
    if transform == "log":
        if (times <= 0).any():
            raise ValueError(_('A loss at time 0 has no logarithm. Use transform="rank".'))
        return np.log(times)
    if transform == "rank":
        from scipy.stats import rankdata

        return rankdata(times)
    _x, ends, events, entry, _strata = fit._observed
    when, lost, there = risk_table(ends, events, entry)
    left = np.concatenate([[1.0], np.cumprod(1 - lost / there)])
    # Survival just before the time, so that the first losses stand at 0.
    return 1 - left[np.searchsorted(when, times, side="left")]
