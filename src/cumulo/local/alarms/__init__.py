"""Alarms of the local cloud: evaluated as CloudWatch evaluates them, on the one clock.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""
