package server

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A recorder remembers what was answered, for the log and the metrics.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Hijack implements http.Hijacker, for protocols that leave HTTP.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// observe gives each request an id and a logger, logs its end once, and turns a
// panic into an answer.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := rand.Text()[:12]
		log := s.log.With().Str("request", id).Logger()
		rec := &recorder{ResponseWriter: w}
		w.Header().Set("X-Request-Id", id)
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				log.Error().Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("request broke")
				if rec.status == 0 {
					http.Error(rec, "Internal error, request "+id, http.StatusInternalServerError)
				}
			}
			s.metrics.request(r.Method, rec.status, time.Since(start))
			log.Debug().Str("method", r.Method).Str("host", r.Host).Str("path", r.URL.Path).Int("status", rec.status).
				Dur("took", time.Since(start)).Msg("request")
		}()
		next.ServeHTTP(rec, r.WithContext(log.WithContext(r.Context())))
	})
}

// findClient puts the client's own address into RemoteAddr. What
// X-Forwarded-For says is believed as far as trusted proxies wrote it: the last
// address that is not a proxy of ours.
func findClient(proxies config.Networks, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if addr, ok := clientAddr(proxies, r); ok {
			r.RemoteAddr = net.JoinHostPort(addr.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

func clientAddr(proxies config.Networks, r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && proxies.Contains(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr, true
}

// bounded limits what is read of a request's body. Uploads are the largest:
// four photos and a form.
const maxBody = 64 << 20

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// findNode puts the node that the Host header names into the context.
func (s *Server) findNode(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := s.Nodes.Find(r.Host)
		if n == nil {
			unknownHost(w)
			return
		}
		ctx := parvis.WithNode(r.Context(), n)
		log := zerolog.Ctx(ctx).With().Str("node", n.Host).Logger()
		next.ServeHTTP(w, r.WithContext(log.WithContext(ctx)))
	})
}

// unknownHost says in both languages that nobody lives here.
func unknownHost(w http.ResponseWriter) {
	http.Error(w, "Aucun lieu ne porte ce nom ici. Vérifiez l'adresse.\nNo place has this name here. Please check the address.",
		http.StatusMisdirectedRequest)
}

// tooMany answers a client that exceeded the general limit.
func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait.Seconds()+0.999))))
	http.Error(w, "Trop de demandes à la fois. Patientez un instant, puis réessayez.\nToo many requests. Please wait a moment, then try again.",
		http.StatusTooManyRequests)
}
