"""From a feed's address to posts: fetching under limits, parsing in a child, planning the next poll."""
