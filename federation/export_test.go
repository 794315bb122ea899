package federation

// MaxFetches is how many requests one cause may lead to.
const MaxFetches = maxFetches
