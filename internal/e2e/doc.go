// Package e2e holds no code, only the end-to-end tests: the parvis command is
// built and run as anyone runs it, two processes federate, and people meet them
// in a real browser. Every page is checked with axe in each of its states, light
// and dark, narrow and wide. With PARVIS_SCREENSHOTS set to a directory, each is
// also kept there as a picture to look at.
//
// Software of others meets it, too: a server built with Fedify, and the rules of
// activitypub-testing, both from npm.
package e2e
