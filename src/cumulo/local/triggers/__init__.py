"""Functions that a service calls by itself: the triggers of Cognito user pools."""
