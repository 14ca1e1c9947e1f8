"""From a project to its assembly."""

from cumulo.synth.project import Project, find_project, open_project
from cumulo.synth.synthesize import synthesize, synthesize_project

__all__ = ["Project", "find_project", "open_project", "synthesize", "synthesize_project"]
