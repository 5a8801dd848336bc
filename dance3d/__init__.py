"""From a dance video to 3D poses, body-part movements and dance genre, without any 3D annotation."""
