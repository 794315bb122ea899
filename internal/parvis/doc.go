// Package parvis holds the words of the domain: nodes, accounts, viewers, posts
// and their kinds, audiences, jobs, errors and the rules of who may do what.
//
// It imports nothing but the standard library and knows no SQL, no HTTP and no
// ActivityPub; every other package speaks in these words.
package parvis
