"""What is watched once a model serves. The maths is the monitor job's, the channel the environment's."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.schedule import Rhythm
from isoserve.spec.units import Count, Flag, Fraction, Number, Seconds, Text


class DriftSpec(Spec):
    """Compares captured inputs with the version's baseline."""

    schedule: Rhythm = "daily"
    """How often."""

    alert_above: Number = Field(default=0.2, gt=0)
    """Population stability index of the worst feature that raises an alert."""

    features: tuple[Text, ...] = ()
    """Features to compare; absent: all of the baseline."""

    min_samples: Count = Field(default=500, ge=1)
    """Requests a run must see to be judged."""


class QualitySpec(Spec):
    """Checks captured inputs against the baseline's schema: missing, unseen, out of range."""

    schedule: Rhythm = "daily"
    """How often."""

    alert_above: Fraction = Field(default=0.05, gt=0)
    """Share of bad rows that raises an alert."""

    min_samples: Count = Field(default=500, ge=1)
    """Requests a run must see to be judged."""


class PerformanceSpec(Spec):
    """Joins captured answers with late labels and scores them."""

    schedule: Rhythm = "daily"
    """How often."""

    labels: Text = Field(examples=["labels/fraud"])
    """Where the labels arrive: a prefix in the artifact store, or an address."""

    metric: Literal["accuracy", "f1", "precision", "recall", "roc_auc", "mae", "rmse"]
    """What is scored."""

    alert_below: Number | None = None
    """A lower score raises an alert (for scores that should be high)."""

    alert_above: Number | None = None
    """A higher score raises an alert (for errors that should be low)."""

    label_delay: Seconds = 86400.0
    """How late labels may be."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        side = "alert_above" if self.metric in ("mae", "rmse") else "alert_below"
        other = "alert_below" if side == "alert_above" else "alert_above"
        if getattr(self, side) is None or getattr(self, other) is not None:
            raise refusal(f"{self.metric} needs {side}, and only that", field=side, fix=f"add `{side}: …`")
        return self


class FairnessSpec(Spec):
    """Compares outcomes between groups."""

    schedule: Rhythm = "weekly"
    """How often."""

    groups: tuple[Text, ...] = Field(min_length=1)
    """Features that name the groups."""

    alert_above: Fraction = Field(default=0.2, gt=0)
    """Largest accepted difference of the selection rate between groups."""


class RetrainSpec(Spec):
    """The one neutral event that an alert sends to start a training."""

    event: Text = Field(examples=["fraud-retrain"])
    """Name of the event; what listens to it is the team's."""

    at_most_every: Seconds = Field(default=86400.0, gt=0)
    """Shortest time between two events."""

    approval: Flag = True
    """Whether someone must release the event first."""


class MonitorsSpec(Spec):
    """The monitors of an endpoint; each runs only where it is written."""

    drift: DriftSpec | None = None
    """Inputs against the baseline."""

    quality: QualitySpec | None = None
    """Inputs against the schema."""

    performance: PerformanceSpec | None = None
    """Answers against late labels."""

    fairness: FairnessSpec | None = None
    """Outcomes between groups."""

    retrain: RetrainSpec | None = None
    """What an alert starts."""

    @property
    def needs_baseline(self) -> bool:
        """Whether a version without `baseline` cannot be monitored so."""
        return self.drift is not None or self.quality is not None
