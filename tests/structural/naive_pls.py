"""Partial least squares written once more, from the scores of respondents instead of covariances, one sample at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd


def naive_paths(
    answers: pd.DataFrame, paths: list[tuple[str, str]], blocks: dict[str, list[str]], *, modes: str = "A", scheme: str = "path",
    scaled: bool = True,
) -> tuple[dict[tuple[str, str], float], pd.DataFrame]:  # fmt: skip
    """Path coefficients and scores. Source: Tenenhaus et al. (2005), section 3."""
    centred = answers - answers.mean()
    data = centred / centred.std() if scaled else centred
    scores = pd.DataFrame({name: data[block].sum(axis=1) for name, block in blocks.items()})
    for _step in range(500):
        scores = scores / scores.std()
        correlation = scores.corr()
        fresh = {}
        for name, block in blocks.items():
            drivers = [one for one, two in paths if two == name]
            targets = [two for one, two in paths if one == name]
            if scheme == "path":
                inner = {other: correlation.loc[name, other] for other in targets}
                if drivers:
                    inner |= dict(zip(drivers, np.linalg.lstsq(scores[drivers], scores[name], rcond=None)[0], strict=True))
            else:
                inner = {other: correlation.loc[name, other] for other in drivers + targets}
                inner = {other: np.sign(size) for other, size in inner.items()} if scheme == "centroid" else inner
            neighbour = sum(scores[other] * size for other, size in inner.items())
            x = data[block].to_numpy()
            weights = x.T @ neighbour.to_numpy() if modes == "A" else np.linalg.lstsq(x, neighbour, rcond=None)[0]
            fresh[name] = x @ weights
        fresh = pd.DataFrame(fresh, index=answers.index)
        fresh = fresh / fresh.std()
        moved = np.abs(np.abs(fresh) - np.abs(scores)).to_numpy().max()
        scores = fresh
        if moved < 1e-10:
            break
    for name, block in blocks.items():
        if data[block].corrwith(scores[name]).sum() < 0:
            scores[name] = -scores[name]
    found = {}
    for target in blocks:
        drivers = [one for one in blocks if (one, target) in paths]
        if drivers:
            sizes = np.linalg.lstsq(scores[drivers], scores[target], rcond=None)[0]
            found |= {(driver, target): float(size) for driver, size in zip(drivers, sizes, strict=True)}
    return found, scores
