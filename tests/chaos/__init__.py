"""A part of the matrix of failures, small enough for every run of the tests."""
