package mastodon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

const (
	// maxBody is more than the longest status takes, in JSON with escapes.
	maxBody = 256 << 10
	// maxValues and maxDepth bound what a body may make us build.
	maxValues = 1000
	maxDepth  = 8
)

// params is what an app asked for, however it said it: query, form, multipart or
// JSON. Names are without "[]"; a JSON object's members are "poll[options]".
type params struct {
	values map[string][]string
	form   *multipart.Form
}

// bodyLimit returns how many bytes a route reads.
func (a *API) bodyLimit(rt route) int64 {
	if rt.scope == writeMedia {
		return a.MaxUpload + maxBody
	}
	return maxBody
}

// read reads the parameters of a request, of limit bytes at most.
func read(w http.ResponseWriter, r *http.Request, limit int64) (params, error) {
	in := params{values: map[string][]string{}}
	in.addAll(r.URL.Query())
	if r.Method == http.MethodGet || r.Body == nil {
		return in, nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch kind {
	case "application/json":
		err = in.readJSON(r.Body)
	case "application/x-www-form-urlencoded":
		err = in.readForm(r.Body)
	case "multipart/form-data":
		if err = r.ParseMultipartForm(maxBody); err == nil {
			in.form = r.MultipartForm
			in.addAll(r.MultipartForm.Value)
		}
	}
	return in, bodyProblem(err)
}

// bodyProblem tells too much from too odd.
func bodyProblem(err error) error {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large), errors.Is(err, multipart.ErrMessageTooLarge):
		return errTooLarge
	}
	return fmt.Errorf("%w: %w", errMalformed, err)
}

// close removes what large uploads left on disk.
func (in *params) close() {
	if in.form != nil {
		_ = in.form.RemoveAll() // they are in the system's temporary directory
	}
}

func (in *params) addAll(values url.Values) {
	for name, list := range values {
		name = strings.TrimSuffix(name, "[]")
		in.values[name] = append(in.values[name], list...)
	}
}

func (in *params) readForm(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(string(body))
	in.addAll(values)
	return err
}

func (in *params) readJSON(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return err
	}
	for name, value := range object {
		if err := in.flatten(name, value, 0); err != nil {
			return err
		}
	}
	return nil
}

// flatten adds a JSON value under the name that a form would give it.
func (in *params) flatten(name string, value any, depth int) error {
	if depth > maxDepth || len(in.values[name]) >= maxValues {
		return errors.New("too much JSON")
	}
	switch v := value.(type) {
	case nil:
	case string:
		in.values[name] = append(in.values[name], v)
	case json.Number:
		in.values[name] = append(in.values[name], v.String())
	case bool:
		in.values[name] = append(in.values[name], strconv.FormatBool(v))
	case []any:
		for _, one := range v {
			if err := in.flatten(name, one, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, one := range v {
			if err := in.flatten(name+"["+key+"]", one, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// text returns a parameter, "" if it was not given.
func (in *params) text(name string) string {
	if list := in.values[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// has reports whether a parameter was given.
func (in *params) has(name string) bool { return in.text(name) != "" }

// yes reads a boolean as any client writes it: true, True, 1, on, t.
func (in *params) yes(name string) bool {
	switch strings.ToLower(in.text(name)) {
	case "true", "1", "on", "t", "yes":
		return true
	}
	return false
}

// limit reads how many rows are wanted: otherwise, if that makes no sense.
func (in *params) limit(otherwise int) int {
	if n, err := strconv.Atoi(in.text("limit")); err == nil && n > 0 {
		return min(n, parvis.MaxPage)
	}
	return otherwise
}

// maxOffset bounds how far into a list an app may ask by number: searches rank no more.
const maxOffset = 1000

// offset reads how many rows are to be passed over: none, if that makes no sense.
func (in *params) offset() int {
	n, err := strconv.Atoi(in.text("offset"))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, maxOffset)
}

// id reads an id; 0 if it was not given.
func (in *params) id(name string) (parvis.ID, error) {
	if !in.has(name) {
		return 0, nil
	}
	id, err := parvis.ParseDecimalID(in.text(name))
	if err != nil {
		return 0, parvis.Invalid(name, "mastodon.error.id")
	}
	return id, nil
}

// ids reads a list of ids.
func (in *params) ids(name string) ([]parvis.ID, error) {
	list := in.values[name]
	if len(list) > parvis.MaxPage {
		return nil, parvis.Invalid(name, "mastodon.error.many", "Max", parvis.MaxPage)
	}
	ids := make([]parvis.ID, len(list))
	for i, s := range list {
		id, err := parvis.ParseDecimalID(s)
		if err != nil {
			return nil, parvis.Invalid(name, "mastodon.error.id")
		}
		ids[i] = id
	}
	return ids, nil
}
