"""EventBridge Scheduler on the local clock: what is declared and what functions make while they run.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
"""
