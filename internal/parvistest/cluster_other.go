//go:build !unix

package parvistest

import "errors"

// postgresBin finds nothing: starting a cluster needs a Unix shell and users.
func postgresBin() string { return "" }

// startCluster is never reached, since postgresBin finds no programs to start.
func startCluster(string, durability) (*cluster, error) {
	return nil, errors.ErrUnsupported
}
