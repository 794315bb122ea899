package sketch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		want       []polygon
	}{
		{"absolute", "M1 2L3 4H5V6Z", []polygon{{{1, 2}, {3, 4}, {5, 4}, {5, 6}, {1, 2}}}},
		{"relative", "m1 2l2 2h2v2z", []polygon{{{1, 2}, {3, 4}, {5, 4}, {5, 6}, {1, 2}}}},
		{"points after a move are lines", "M1 2 3 4m1-1 2-2", []polygon{{{1, 2}, {3, 4}}, {{4, 3}, {6, 1}}}},
		{"a sign parts numbers", "M-1.5-2L3,-4", []polygon{{{-1.5, -2}, {3, -4}}}},
		{"nothing", " ", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, parsePath(test.path), cmp.AllowUnexported(point{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCurvesEndWhereTheySay(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]point{
		"M0 0C0 10 10 10 10 0": {10, 0}, "M0 0c0 10 10 10 10 0s10-10 10 0": {20, 0}, "M1 1Q5 9 9 1": {9, 1}, "M1 1q4 8 8 0": {9, 1},
	} {
		line := parsePath(path)[0]
		if got := line[len(line)-1]; got != want {
			t.Errorf("%s ends at %v, want %v", path, got, want)
		}
	}
	line := parsePath("M0 0Q10 20 20 0")[0]
	if got, want := line[curveSteps/2], (point{10, 10}); cmp.Diff(want, got, cmp.AllowUnexported(point{}), cmp.Comparer(near)) != "" {
		t.Errorf("its middle is %v, want %v", got, want)
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
