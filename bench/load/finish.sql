-- Hint bits, visibility map and statistics are as good for everybody before the first measurement.
VACUUM (FREEZE, ANALYZE);
CHECKPOINT;
