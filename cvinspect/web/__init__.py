"""What the pages share: who may ask, who may decide, and the server that answers. It knows nothing of inspection."""
