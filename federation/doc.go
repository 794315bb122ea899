// Package federation is everything that speaks ActivityPub to other servers.
//
// The files without domain words come first: keys, signing and verifying requests
// (key.go, sign.go, signature.go, verify.go, replay.go), the guarded client that
// fetches and delivers (client.go, fetch.go) and finding people by their handles
// (handle.go, webfinger.go). What is said in ActivityStreams is read and written by
// package vocab.
//
// The rest is a [Server]. What comes in is checked and kept by the inbox (inbox.go,
// keys.go) and acted upon later by a job (digest.go, fetchpost.go), through the verbs
// of package app. What goes out is made by the jobs publish and say (publish.go,
// say.go), kept once as bytes, and sent to each inbox by a job of its own
// (deliver.go). Posts and actors are turned into ActivityStreams and back by
// encode.go, decode.go and actor.go; what only one kind of post has is in the file
// named after the kind, and kinds.go lists them. What others may ask for is in
// routes.go, object.go, collections.go and discovery.go.
//
// FEDERATION.md, at the root of the repository, tells other servers' authors all this.
package federation
