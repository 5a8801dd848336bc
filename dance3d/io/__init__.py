"""Files: video, artefacts, and one file per format read or written."""
