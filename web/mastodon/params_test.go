package mastodon

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func readParams(t testing.TB, kind, body string) (params, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/statuses?limit=5", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return read(httptest.NewRecorder(), r, maxBody)
}

// TestEveryStyle: whichever way a client writes its parameters, they are the same.
func TestEveryStyle(t *testing.T) {
	const part = "--x\r\nContent-Disposition: form-data; name=\""
	want := map[string][]string{"limit": {"5"}, "status": {"Été & co"}, "sensitive": {"true"}, "media_ids": {"1", "2"},
		"poll[options]": {"oui", "non"}, "poll[expires_in]": {"3600"}}
	for kind, body := range map[string]string{
		"application/json": `{"status":"Été & co","sensitive":true,"media_ids":["1",2],"in_reply_to_id":null,
			"poll":{"options":["oui","non"],"expires_in":3600}}`,
		"application/x-www-form-urlencoded": "status=%C3%89t%C3%A9+%26+co&sensitive=true&media_ids[]=1&media_ids[]=2&poll[options][]=oui&poll[options][]=non&poll[expires_in]=3600",
		`multipart/form-data; boundary="x"`: part + "status\"\r\n\r\nÉté & co\r\n" + part + "sensitive\"\r\n\r\ntrue\r\n" +
			part + "media_ids[]\"\r\n\r\n1\r\n" + part + "media_ids[]\"\r\n\r\n2\r\n" + part + "poll[options][]\"\r\n\r\noui\r\n" +
			part + "poll[options][]\"\r\n\r\nnon\r\n" + part + "poll[expires_in]\"\r\n\r\n3600\r\n--x--\r\n",
	} {
		in, err := readParams(t, kind, body)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if diff := cmp.Diff(want, in.values); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", kind, diff)
		}
	}
}

func TestBooleans(t *testing.T) {
	for given, want := range map[string]bool{"true": true, "True": true, "1": true, "on": true, "t": true, "false": false, "False": false, "0": false, "": false} {
		in := params{values: map[string][]string{"resolve": {given}}}
		if got := in.yes("resolve"); got != want {
			t.Errorf("%q is %t", given, got)
		}
	}
}

// TestLimits: a list is never longer than promised, whatever is asked.
func TestLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := params{values: map[string][]string{"limit": {rapid.String().Draw(t, "limit")}}}
		if n := in.limit(20); n < 1 || n > 80 {
			t.Fatalf("limit %d", n)
		}
	})
}

func TestScopes(t *testing.T) {
	for _, test := range []struct {
		given []string
		want  scope
		ok    bool
	}{
		{[]string{"read"}, readStatuses, true},
		{[]string{"read:statuses"}, readStatuses, true},
		{[]string{"read:accounts", "write"}, readStatuses, false},
		{[]string{"follow"}, writeBlocks, true},
		{[]string{"follow"}, writeStatuses, false},
		{[]string{"readstatuses", "re", ""}, readStatuses, false},
		{[]string{"read", "write", "follow", ""}, "", false},
		{nil, readStatuses, false},
	} {
		if got := test.want.allowedBy(test.given); got != test.ok {
			t.Errorf("%v allow %q: %t", test.given, test.want, got)
		}
	}
}

// FuzzJSONBody: a body is read or refused, never more than bounded.
func FuzzJSONBody(f *testing.F) {
	for _, seed := range []string{`{"status":"Bonjour"}`, `{"a":[[[["x"]]]]}`, `{"a":{"b":{"c":[1,true,null]}}}`, `[]`, `{`, "", `{"a":1e999}`,
		`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		in, err := readParams(t, "application/json", body)
		if err != nil {
			return
		}
		for name, list := range in.values {
			if len(list) > maxValues {
				t.Errorf("%q holds %d values", name, len(list))
			}
		}
	})
}
