"""The archive: photos and video of the office, found by event, municipality and official."""
