"""The pages of campaigns: blocks in an order, written, reviewed by somebody else, and published as a whole."""
