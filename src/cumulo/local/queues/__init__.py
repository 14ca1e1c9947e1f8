"""Event source mappings of SQS queues: Cumulo polls the emulator's queues and invokes functions.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""
