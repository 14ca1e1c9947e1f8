"""CloudFormation templates as rules see them: read, with intrinsic functions resolved and relations answered."""
