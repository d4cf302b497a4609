"""Replay: a script started anew and fed its answers until a step has none."""

from __future__ import annotations

from handlers.script import Again, Do, End, Flag, Question, Saved, Script, Step

ANSWERS_MAX = 200
"""Answers of one conversation; no conversation needs a tenth of it, a runaway one is ended."""


class Replay:
    """A running script: `step` waits for a value, or `end` is set. `walked` are the steps passed, in order."""

    def __init__(self, script: Script, answers: dict[str, Saved]) -> None:
        self._script, self._answers = script, answers
        self.walked: list[Step] = []
        self.step: Step | None = None
        self.end: End | None = None
        self._send(None)
        self._walk()

    def give(self, saved: Saved) -> None:
        """Keep the answer to the waiting step and walk on."""
        assert self.step is not None
        self._answers.pop(self.step.name, None)
        self._answers[self.step.name] = saved
        if len(self._answers) > ANSWERS_MAX:
            raise RuntimeError(f"a conversation exceeded {ANSWERS_MAX} answers at step {self.step.name}")
        self._walk()

    def back(self) -> bool:
        """Take the last human answer back; False if there is none since the last Do. Replay afterwards."""
        for step in reversed(self.walked):
            if isinstance(step, Do):
                return False
            if isinstance(step, Question):
                self.take_back(step)
                return True
        return False

    def again(self, end: Again) -> None:
        """Do what `end` says to the answers. Replay afterwards."""
        for step in self.walked:
            if step.name in end.drop and step.name in self._answers:
                self.take_back(step)
        self._answers.update(end.put)

    def take_back(self, step: Step) -> None:
        kept = step.reopened(self._answers[step.name]) if isinstance(step, Question) else None
        self._answers.pop(step.name)
        if kept is not None:
            self._answers[step.name] = kept

    def _walk(self) -> None:
        while self.step is not None:
            saved = self._answers.get(self.step.name, False if isinstance(self.step, Flag) else None)
            if saved is None or not self.step.fits(saved):
                return
            self.walked.append(self.step)
            self._send(self.step.value(saved))

    def _send(self, value: object) -> None:
        try:
            self.step = self._script.send(value)
        except StopIteration as stop:
            self.step, self.end = None, stop.value
