// Package templates draws the pages: a component for each thing that they show,
// typed and named by what it is. It decides nothing and reads nothing but its
// arguments.
package templates

//go:generate go tool -modfile=../../.ci/tools/go.mod templ generate
