"""Tools that are operations of an OpenAPI file."""
