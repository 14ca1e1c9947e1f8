"""Shipping an assembly: plan, deploy, diff and remove, with CloudFormation as the engine."""
