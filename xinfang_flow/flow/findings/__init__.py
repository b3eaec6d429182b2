"""What a reader is told: findings, and the place in the document that each is about."""
