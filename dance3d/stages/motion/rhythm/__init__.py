"""Rhythm of a dance: tempo, beats and phrases that are danced again."""
