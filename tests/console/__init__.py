"""Tests of the console, over the test client as organisers press through it."""
