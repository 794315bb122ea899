package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Networks is a list of networks, written 127.0.0.0/8,fd00::/8. A single
// address stands for itself.
type Networks []netip.Prefix

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Networks) UnmarshalText(text []byte) error {
	*n = nil
	for field := range strings.SplitSeq(string(text), ",") {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		prefix, err := parseNetwork(field)
		if err != nil {
			return fmt.Errorf("%s is not a network: write it as 10.0.0.0/8, fd00::/8 or a single address", field)
		}
		*n = append(*n, prefix.Masked())
	}
	return nil
}

func parseNetwork(field string) (netip.Prefix, error) {
	if strings.Contains(field, "/") {
		return netip.ParsePrefix(field)
	}
	addr, err := netip.ParseAddr(field)
	if err != nil {
		return netip.Prefix{}, err
	}
	return addr.Prefix(addr.BitLen())
}

// Contains reports whether one of the networks holds the address. An IPv4
// address that came through an IPv6 socket counts as the IPv4 address it is.
func (n Networks) Contains(addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, prefix := range n {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
