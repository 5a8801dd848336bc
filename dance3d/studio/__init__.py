"""The studio: a local web page from which the commands are run, for whoever does not like to type them.

The server (``app``) never decodes a video and never loads a net: every piece of work is a job, a process of its own
that runs the same command as a user would (``jobs``). What it kills or crashes is that job, not the server.
"""
