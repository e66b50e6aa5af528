"""The page of errors: complete by the code's own words, and each row by an error that is really raised."""
