"""Small pure pieces that every feature uses; they know no feature."""
