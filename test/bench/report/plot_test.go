// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDraw(t *testing.T) {
	got := draw(Panel{Title: "burst", Series: []Series{
		{Name: "bare", Colour: "grey", Points: []Point{{0, -0.5}, {5, 10}}},
		{Name: "Rollcall", Colour: "blue", Points: []Point{{10, 1000}}},
	}}, panelHeight)
	want := drawing{
		Title: "burst", Left: 72, Right: 832, Top: 352, Bottom: 572,
		XTicks: []tick{
			{72, "0 s"}, {148, "1 s"}, {224, "2 s"}, {300, "3 s"}, {376, "4 s"}, {452, "5 s"}, {528, "6 s"}, {604, "7 s"},
			{680, "8 s"}, {756, "9 s"}, {832, "10 s"},
		},
		YTicks: []tick{{572, "1 ms"}, {499, "10 ms"}, {425, "100 ms"}, {352, "1 s"}},
		Series: []dots{
			{"bare", "grey", "M72 572h0M452 499h0", 632},
			{"Rollcall", "blue", "M832 352h0", 732},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("draw (-want +got):\n%s", diff)
	}
}

func TestStepOf(t *testing.T) {
	for widest, want := range map[float64]float64{1: 1, 12: 1, 13: 2, 46: 5, 119: 10, 130: 20} {
		if got := stepOf(widest); got != want {
			t.Errorf("stepOf(%g) = %g, want %g", widest, got, want)
		}
	}
}

func TestPlotIsWellFormed(t *testing.T) {
	var out strings.Builder
	if err := Plot(&out, []Panel{{Title: "a"}, {Title: "b", Series: []Series{{Name: "bare", Points: []Point{{1, 1}}}}}}); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(out.String()))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("Plot() is no XML: %v\n%s", err, out.String())
		}
	}
}
