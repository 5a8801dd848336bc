"""One dancer before a camera, as it happens: joints at once, the body and its words a moment later."""
