package web

// A Path is a route, for tests that try them all.
type Path struct{ Method, Path string }

// Paths returns every route there is.
func (s *Server) Paths() []Path {
	var paths []Path
	for _, r := range s.routes() {
		paths = append(paths, Path{r.method, r.path})
	}
	return paths
}
