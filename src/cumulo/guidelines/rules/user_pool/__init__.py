"""Rules about Cognito user pools and their clients."""
