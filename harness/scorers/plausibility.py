"""Roles that a page gives a medicine, gene or protein and that its sources never do ("trastuzumab blocks aromatase").

Deterministic. A role is told by the sources if one of their sentences gives it, or names both without giving the
role to another. Only what they don't tell is held against the lexicon (``lexicons/roles.yaml``) and, where it knows
nothing, against what the sources say of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.text.patterns import negated
from harness.text.roles import Entity, Role, covers, entities, is_a, mentions, roles, targets_of, used_for
from harness.text.sentences import split
from harness.types import Passage, Span

_MOST_SENTENCES = 1000  # of a passage
_LEANS = ("it ", "they ", "this ", "these ", "the drug ", "the medicine ", "both ", "se ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Implausible:
    """A role that doesn't fit.

    Args:
        role: the role as the page tells it; ``entity`` the one that can't hold it.
        known: the lexicon tells otherwise; else only the sources' silence speaks against it.
        related: where a source gives the role to another, or this entity another role.
    """

    role: Role
    entity: Entity
    known: bool
    related: tuple[Span, ...] = ()

    @property
    def told(self) -> str:
        """The role in words."""
        return f"{self.entity.name}: {self.role.kind if self.role.kind != 'treats' else 'used for'} {self.role.value}"


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of a passage with what it names and the roles it gives."""

    text: str
    span: Span
    entities: tuple[Entity, ...]
    roles: tuple[Role, ...]


def sources(passages: Sequence[Passage]) -> tuple[_Told, ...]:
    """The sentences of the passages, read once for a page; one that leans on the sentence before is read with it."""
    found: list[_Told] = []
    for passage in passages:
        before = 0
        for start, end in split(passage.text)[:_MOST_SENTENCES]:
            leans = passage.text[start:end].lower().startswith(_LEANS)
            first = before if leans else start
            text = passage.text[first:end]
            span = Span.of(passage.text, start, end, f"passage:{passage.id}")
            found.append(_Told(text, span, entities(text), roles(text)))
            before = first if leans else start
    return tuple(found)


def implausible(statement: str, told: Sequence[_Told]) -> Iterator[Implausible]:
    """The roles of a statement that neither its sources nor the lexicon bear out."""
    for role in roles(statement):
        verdicts = [_verdict(role, entity, told) for entity in role.entities]
        if all(verdicts):
            yield next(v for v in reversed(verdicts) if v is not None)


def _verdict(role: Role, entity: Entity, told: Sequence[_Told]) -> Implausible | None:
    """Why an entity can't hold a role; None where it may."""
    if any(_gives(sentence, role, entity) for sentence in told):
        return None
    fits = _fits(role, entity)
    others = [s for s in told if any(_same_role(r, role) for r in s.roles)]
    own = [s for s in told if any(r.kind == role.kind and _holds(r, entity) for r in s.roles)]
    if fits is None and role.kind == "acts on":
        others = others or [s for s in told if _words(role, s)]
        fits = not (others or own) or bool(_passages(told, role) & _passages(told, entity))
    elif fits is False and role.kind == "treats":
        fits = not others  # what a medicine may be used for is wide: sources have to speak of the condition
    if fits is None or fits:
        return None
    related = (others or own)[:1]
    known = role.kind != "acts on" or (role.known and bool(targets_of(entity)))
    return Implausible(role=role, entity=entity, known=known, related=tuple(s.span for s in related))


def _passages(told: Sequence[_Told], named: Role | Entity) -> set[str]:
    """The passages that name what a role is about, or an entity."""
    if isinstance(named, Role):
        return {s.span.source for s in told if _words(named, s)}
    return {s.span.source for s in told if any(_is_same(e, named) for e in s.entities)}


def _fits(role: Role, entity: Entity) -> bool | None:
    """What the lexicon says; None where it can't tell."""
    if role.kind == "is":
        return is_a(entity, role.value)
    if role.kind == "treats":
        return used_for(entity, role.value)
    known = targets_of(entity)
    if not known or not role.known:
        return None
    return role.value in known


def _gives(sentence: _Told, role: Role, entity: Entity) -> bool:
    """Whether a sentence gives the role to the entity, or names both and gives it to no one else."""
    if any(_same_role(given, role) and _holds(given, entity) for given in sentence.roles):
        return True
    named = [e for e in sentence.entities if _is_same(e, entity)]
    if not named or any(_same_role(given, role) for given in sentence.roles):
        return False
    words = _words(role, sentence)
    return any(not negated(sentence.text, start) for start in words)


def _words(role: Role, sentence: _Told) -> list[int]:
    """Where a sentence names what the role is about."""
    if role.kind == "is":
        return [e.start for e in sentence.entities if e.name == role.value] + mentions(
            sentence.text, "kinds", role.value
        )
    return mentions(sentence.text, "targets" if role.kind == "acts on" else "conditions", role.value)


def _same_role(one: Role, other: Role) -> bool:
    return one.kind == other.kind and one.value == other.value


def _holds(role: Role, entity: Entity) -> bool:
    return any(_is_same(one, entity) for one in role.entities)


def _is_same(told: Entity, entity: Entity) -> bool:
    """Whether a source's entity is the page's, or its group."""
    return told.name == entity.name or (told.sort == "group" and covers(told.name, entity))
