"""Scripts of the pages, each with one job; ``build.SCRIPTS`` has their order."""
