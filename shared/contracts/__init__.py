"""The published language: per service its commands, queries and events, as marshmallow schemas."""
