# The pages readers open: signing up, confirming, preferences, the archive.
