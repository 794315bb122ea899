// Package federation is everything that speaks ActivityPub to other servers.
//
// The files without domain words come first: keys, signing and verifying requests
// (key.go, sign.go, signature.go, verify.go, replay.go), the guarded client that
// fetches and delivers (client.go, fetch.go) and finding people by their handles
// (handle.go, webfinger.go). What is said in ActivityStreams is read and written by
// package vocab.
package federation
