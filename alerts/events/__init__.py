"""What providers report back, by signed posts and by returned mail: stored first, counted once, in any order."""
