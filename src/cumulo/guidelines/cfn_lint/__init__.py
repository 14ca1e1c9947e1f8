"""cfn-lint: the engine for the form of templates, in processes of its own."""
