package jobs

// Present is present, for tests.
const Present = present
