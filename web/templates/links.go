package templates

import (
	"strings"

	"github.com/a-h/templ"
)

// contactURL makes a link of a node's contact: a mail address or a page.
func contactURL(contact string) templ.SafeURL {
	if strings.Contains(contact, "@") && !strings.Contains(contact, "/") {
		return templ.SafeURL("mailto:" + contact)
	}
	return templ.URL(contact)
}
