package mastodon

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// What only a request can be wrong about.
var (
	errScope     = errors.New("the token lacks the scope")
	errToken     = errors.New("the token is unknown or revoked")
	errMalformed = errors.New("malformed request")
	errTooLarge  = errors.New("request too large")
)

// statuses says how each error is answered. An error that is not here is ours.
var statuses = []struct {
	err    error
	status int
	key    string
}{
	{parvis.ErrSignIn, http.StatusUnauthorized, "mastodon.error.signin"},
	{errToken, http.StatusUnauthorized, "mastodon.error.token"},
	{errScope, http.StatusForbidden, "mastodon.error.scope"},
	{parvis.ErrForbidden, http.StatusForbidden, "mastodon.error.forbidden"},
	{parvis.ErrNotFound, http.StatusNotFound, "mastodon.error.notfound"},
	{parvis.ErrGone, http.StatusGone, "mastodon.error.gone"},
	{parvis.ErrConflict, http.StatusConflict, "mastodon.error.conflict"},
	{parvis.ErrTooMany, http.StatusTooManyRequests, "mastodon.error.toomany"},
	{parvis.ErrUnavailable, http.StatusServiceUnavailable, "mastodon.error.unavailable"},
	{errMalformed, http.StatusBadRequest, "mastodon.error.malformed"},
	{errTooLarge, http.StatusRequestEntityTooLarge, "mastodon.error.large"},
}

// tokenProblem turns "no such token" into an error of its own: what is unknown
// is not what the app asked for.
func tokenProblem(err error) error {
	if errors.Is(err, parvis.ErrNotFound) {
		return errToken
	}
	return err
}

type errorBody struct {
	Error string `json:"error"`
}

// sendError answers with an error. Internal ones are logged, once, and never told.
func sendError(ctx context.Context, w http.ResponseWriter, c *call, err error) {
	var invalid *parvis.InvalidError
	if errors.As(err, &invalid) {
		send(w, http.StatusUnprocessableEntity, errorBody{c.problems(invalid)})
		return
	}
	var tooMany *parvis.TooManyError
	if errors.As(err, &tooMany) {
		c.header.Set("Retry-After", strconv.Itoa(tooMany.RetryAfter))
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			switch s.status {
			case http.StatusUnauthorized:
				c.header.Set("WWW-Authenticate", `Bearer realm="`+c.node.Host+`"`)
			case http.StatusServiceUnavailable:
				c.header.Set("Retry-After", strconv.Itoa(parvis.UnavailableFor))
				logFailure(ctx, c, err)
			}
			send(w, s.status, errorBody{c.words.T(s.key)})
			return
		}
	}
	logFailure(ctx, c, err)
	send(w, http.StatusInternalServerError, errorBody{c.words.T("mastodon.error.internal")})
}

func logFailure(ctx context.Context, c *call, err error) {
	if ctx.Err() == nil { // else nobody waits for an answer any more
		zerolog.Ctx(ctx).Error().Err(err).Str("node", c.node.Host).Str("path", c.r.URL.Path).Msg("app request failed")
	}
}

// problems says everything that is to be corrected.
func (c *call) problems(e *parvis.InvalidError) string {
	said := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		said[i] = c.words.T(p.Key, p.Args...)
	}
	return strings.Join(said, " ")
}
