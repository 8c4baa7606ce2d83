"""Pages for developers: the API's description, readable. Its assets are vendored like every other."""
