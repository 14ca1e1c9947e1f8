"""SRC017: what costs much to import is imported where it is needed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function, Spot
from cumulo.guidelines.source.imported import Imported, imported, is_needed_by_all, only_user


class CostlyImportsWait(SourceRule):
    """An import that takes long, and that only one function needs, stands in that function.

    Judged are imports of third parties at module level that were measured when the stage ran on this machine. Silent
    where another module imports the package, too, and where every handler or route that loads the module needs it.
    """

    id = "SRC017"
    title = "costly imports stand where they are needed"
    severity = everywhere(Severity.INFO)
    subject = "Python"
    why = "each cold start pays for it, whatever is called"
    fix = "import it inside the function that needs it"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html"
    settings = {"milliseconds": 50}

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield imports that could wait for the one function that needs them."""
        statements = imported(code) if code.facts.imports else []
        for each in statements:
            seconds = sum(code.facts.imports.get(name, 0.0) for name in each.modules)
            if seconds * 1000 <= self.set["milliseconds"]:
                continue
            if any(each.packages & other.loaded for other in statements if other is not each):
                continue
            user = only_user(code, each)
            if user is not None and not is_needed_by_all(code, user):
                yield self._finding(each, user, seconds)

    def _finding(self, each: Imported, user: Function, seconds: float) -> Finding:
        spot = Spot(each.module.file, each.node.lineno, f"{each.module.file}:<module>")
        statement = ast.unparse(each.node)
        what = " and ".join(sorted(each.packages))
        message = f"importing {what} took {seconds * 1000:.0f} ms on this machine, and only {user.name}() needs it"
        return self.found(spot, message, fix=f"write `{statement}` inside {user.name}()")
