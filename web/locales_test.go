package web_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/web"
)

func TestLocales(t *testing.T) {
	t.Parallel()
	catalogue, err := i18n.Load(web.Locales)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range catalogue.Problems() {
		t.Error(problem)
	}
}
