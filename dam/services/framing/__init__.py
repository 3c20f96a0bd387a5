"""Where an asset is cropped: what the machine proposes, and what people say."""
