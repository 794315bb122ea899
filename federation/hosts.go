package federation

import "net/url"

// hostOf gives the host of a URL, with its port if it names one, in the form in
// which hosts are compared.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host, err := normalHost(u.Host)
	if err != nil {
		return ""
	}
	return host
}

// hostname gives the host of a URL without its port, as block lists hold it: in
// lower case and punycode, without the dot of the root.
func hostname(address string) (string, bool) {
	host := hostOf(address)
	if host == "" {
		return "", false
	}
	u := url.URL{Host: host}
	return u.Hostname(), true
}
