"""From joints around a pelvis to a body in a room: bones, place, gravity, floor, cameras."""
