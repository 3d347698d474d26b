"""The words that sort lessons: kinds, how people treated it, risks, and the angles of impact. Pure."""

from __future__ import annotations

KINDS = {
    "crisis": ("crisis", "it threatened the organisation; handled while it lasts, learnt from after"),
    "shortfall": ("shortfall", "a goal was missed, by so much; a matter of figures and of the goal"),
    "misstep": ("misstep", "something was done that should not have been; put right and apologised for"),
    "near_miss": ("near miss", "it nearly happened; what stopped it is worth keeping"),
    "good_recovery": ("good recovery", "it happened and was handled well; what worked is worth copying"),
}  # fmt: skip
"""Key -> name, and what it means: each needs another handling."""

TREATMENTS = {
    "laughed_at": "laughed at, because it happened to someone else",
    "not_corrected": "talked about and not corrected",
    "ignored": "ignored",
    "too_big": "too big to ignore",
}

RISKS = {
    "financial": "financial",
    "operational": "operational",
    "reputation": "reputation",
    "discomfort": "none that can be touched: it is only uncomfortable",
}

ANGLES = {
    "reach": ("Reach", "who saw it, how many, how fast; ask social media and analytics"),
    "reputation": ("Reputation", "what people now think; ask press office and research"),
    "customers": ("Customers", "who was harmed or left; ask customer service"),
    "staff": ("Staff", "who had to bear it; ask people and works council"),
    "partners": ("Partners", "agencies, suppliers, creators; ask who holds the contract"),
    "money": ("Money", "sales, refunds, share price; ask finance"),
    "law": ("Law", "regulators, claims, contracts; ask legal"),
}
"""Key -> name, and what to look at with whom."""

READERS = {
    "viewer": "everybody who may sign in",
    "triager": "triagers, editors and administrators",
    "editor": "editors and administrators",
}
"""Who may read a lesson."""
