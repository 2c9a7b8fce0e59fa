"""What each vendor's sandbox is put through under every choice that its documents leave."""
