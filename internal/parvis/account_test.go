package parvis_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// key returns the message key of an error's only problem.
func key(t testing.TB, err error) string {
	t.Helper()
	var invalid *parvis.InvalidError
	if err == nil {
		return ""
	}
	if !errors.As(err, &invalid) || len(invalid.Problems) != 1 {
		t.Fatalf("error %v is not one problem", err)
	}
	return invalid.Problems[0].Key
}

func TestValidateUsername(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"jeanne": "", "jeanne.morel": "", "j_2": "", "repair-cafe": "", "_": "", "1": "",
		"": "account.username.missing", strings.Repeat("j", 31): "account.username.long", strings.Repeat("j", 30): "",
		"Jeanne": "account.username.invalid", "odile..le": "account.username.invalid", ".jeanne": "account.username.invalid",
		"jeanne.": "account.username.invalid", "léa": "account.username.invalid", "je anne": "account.username.invalid",
		"jeanne\n": "account.username.invalid", "jeanne@malakoff": "account.username.invalid", "a.-b": "account.username.invalid",
	}
	for name, want := range tests {
		if got := key(t, parvis.ValidateUsername(name)); got != want {
			t.Errorf("ValidateUsername(%q): %q, want %q", name, got, want)
		}
	}
	if !parvis.ReservedUsername("Mairie") || parvis.ReservedUsername("jeanne") {
		t.Error("ReservedUsername is wrong about mairie or jeanne")
	}
}

func TestCleanEmail(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" Jeanne@Malakoff.EXAMPLE ": "jeanne@malakoff.example", "a+b@x.example": "a+b@x.example", "odile@localhost": "odile@localhost",
	} {
		if got, err := parvis.CleanEmail(typed); err != nil || got != want {
			t.Errorf("CleanEmail(%q) = %q, %v; want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{
		"", "jeanne", "@malakoff.example", "Jeanne <jeanne@malakoff.example>", "<jeanne@malakoff.example>", "a@b, c@d",
		`"jeanne morel"@malakoff.example`, "jeanne@malakoff.example (Jeanne)", "jeanne@malakoff.example\r\nBcc: tous@malakoff.example",
		strings.Repeat("j", 250) + "@x.example",
	} {
		if got, err := parvis.CleanEmail(typed); key(t, err) != "account.email.invalid" {
			t.Errorf("CleanEmail(%q) = %q, %v", typed, got, err)
		}
	}
}

func FuzzCleanEmail(f *testing.F) {
	f.Add("Jeanne@malakoff.example")
	f.Add(`"a b"@x.example`)
	f.Add("a@[127.0.0.1]")
	f.Fuzz(func(t *testing.T, s string) {
		clean, err := parvis.CleanEmail(s)
		if err != nil {
			return
		}
		if again, err := parvis.CleanEmail(clean); err != nil || again != clean {
			t.Errorf("%q cleans to %q, and that to %q, %v", s, clean, again, err)
		}
		if strings.ContainsAny(clean, "\r\n\x00 ,<>") || strings.Count(clean, "@") != 1 {
			t.Errorf("%q cleans to %q, which a mail header would read otherwise", s, clean)
		}
	})
}

func TestValidatePassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"perceuse": "account.password.short", "éééééééééé": "", strings.Repeat("x", 200): "", strings.Repeat("x", 201): "account.password.long",
	} {
		if got := key(t, parvis.ValidatePassword(password)); got != want {
			t.Errorf("ValidatePassword(%d bytes): %q, want %q", len(password), got, want)
		}
	}
}

func TestValidateProfileNamesEveryField(t *testing.T) {
	t.Parallel()
	a := parvis.Account{Name: strings.Repeat("é", 61), Bio: strings.Repeat("x", 1001), Quarter: strings.Repeat("x", 61)}
	var invalid *parvis.InvalidError
	if err := a.ValidateProfile(); !errors.As(err, &invalid) || len(invalid.Problems) != 3 {
		t.Errorf("three long fields: %v", err)
	}
	a = parvis.Account{Name: strings.Repeat("é", 60), Bio: strings.Repeat("é", 1000), Quarter: "Barbusse"}
	if err := a.ValidateProfile(); err != nil {
		t.Errorf("just short enough: %v", err)
	}
}

func TestNamesOfAccounts(t *testing.T) {
	t.Parallel()
	here := parvis.Account{Username: "jeanne", URI: "https://malakoff.example/@jeanne", Inbox: "i"}
	there := parvis.Account{Username: "Ana", Domain: "masto.example", URI: "https://MASTO.example:8443/users/ana", Inbox: "i", SharedInbox: "s", Name: "Ana Lima"}
	for _, test := range []struct{ what, got, want string }{
		{"local acct", here.Acct(), "jeanne"},
		{"remote acct", there.Acct(), "Ana@masto.example"},
		{"local handle", here.Handle("malakoff.example"), "@jeanne@malakoff.example"},
		{"remote handle", there.Handle("malakoff.example"), "@Ana@masto.example"},
		{"path", there.Path(), "/@Ana@masto.example"},
		{"shown without a name", here.Display(), "jeanne"},
		{"shown", there.Display(), "Ana Lima"},
		{"host", there.Host(), "masto.example:8443"},
		{"inbox", here.DeliveryInbox(), "i"},
		{"shared inbox", there.DeliveryInbox(), "s"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", test.what, test.got, test.want)
		}
	}
}

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"resident", "moderator", "admin"} {
		if r, err := parvis.ParseRole(s); err != nil || string(r) != s {
			t.Errorf("ParseRole(%q) = %q, %v", s, r, err)
		}
	}
	if _, err := parvis.ParseRole("maire"); key(t, err) != "account.role.unknown" {
		t.Errorf("ParseRole(maire): %v", err)
	}
}
