"""Two readings' scores on one scale: whatever they are, the cutoff crosses no words, and no words lie on others."""

from types import SimpleNamespace

import numpy as np
import pytest

from RLNResponseLib.modelling.model_card import published_models


def rectangle(text):
    return (text.left, text.top, text.left + text.width, text.top + text.height)


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("width", [280, 420, 580])
def test_the_cutoff_crosses_no_words_wherever_the_scores_are(host, width):
    from host.objects import unwrap
    from RLNResponseLib.panel.widgets.pair_gauge import PairGauge

    gauge = PairGauge()
    unwrap(gauge).resize(width, 120)
    words = ("reader A round 1", "reader B round 1")
    for model in published_models():
        scores = model.cutoff.value + np.concatenate([np.linspace(-2, 2, 15), [-30.0, -0.001, 0.001, 30.0]])
        for first in scores:
            for second in scores[::3]:
                readings = [SimpleNamespace(score=float(score)) for score in (first, second)]
                change = SimpleNamespace(model=model, first=readings[0], second=readings[1])
                places = gauge.places(change, words)
                x = places.scale.x(model.cutoff.value)
                line = (x - 1, places.top, x + 1, places.bottom)
                texts = [rectangle(text) for text in (places.caption, *places.labels, *places.ends)]
                marks = [(x - 5, y - 5, x + 5, y + 5) for x, y in places.marks]
                for number, text in enumerate(texts):
                    assert text[0] >= 0
                    assert text[2] <= width
                    assert not any(meet(text, other) for other in (line, *marks, *texts[number + 1 :])), (first, second)
                assert not meet(*marks), "equal scores are two marks"
                # A label stands at its mark.
                for label, mark in zip(texts[1:3], marks, strict=True):
                    assert label[0] <= mark[0] + 10
                    assert label[2] >= mark[2] - 10
    gauge.deleteLater()
