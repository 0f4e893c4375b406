// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(second int64, value float64) Point { return Point{time.Unix(second, 0), value} }

func TestAxesEndWithARoundNumber(t *testing.T) {
	for value, want := range map[float64]float64{0: 1, 0.03: 0.05, 1: 1, 1.1: 2, 4: 5, 70: 100, 210: 500} {
		if got := ceiling(value); got != want {
			t.Errorf("ceiling(%g) = %g, want %g", value, got, want)
		}
	}
}

func TestValuesHaveTheirUnit(t *testing.T) {
	for want, give := range map[string]struct {
		unit  string
		value float64
	}{
		"12.5 %": {"percentunit", 0.125}, "20 MB": {"bytes", 20_000_000}, "3 /s": {"reqps", 3}, "900 /min": {"rpm", 900},
		"250 ms": {"s", 0.25}, "0 s": {"s", 0}, "2.5 s": {"s", 2.5}, "5 min": {"s", 300}, "7": {"short", 7}, "31.2 K": {"short", 31_200},
	} {
		if got := format(give.unit, give.value); got != want {
			t.Errorf("format(%s, %g) = %q, want %q", give.unit, give.value, got, want)
		}
	}
}

func TestLegendsNameTheLabels(t *testing.T) {
	q := Query{LegendFormat: "{{site}} {{kind}} withheld"}
	if got, want := q.legend(map[string]string{"site": "acme", "kind": "JiraBuild"}), "acme JiraBuild withheld"; got != want {
		t.Errorf("legend() = %q, want %q", got, want)
	}
}

func TestStackedLinesLieOnEachOther(t *testing.T) {
	got := pile([]answered{{"a", []Point{at(1, 2), at(2, 3)}}, {"b", []Point{at(2, 10), at(3, 20)}}})
	want := []answered{{"a", []Point{at(1, 2), at(2, 3)}}, {"b", []Point{at(2, 13), at(3, 20)}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(answered{})); diff != "" {
		t.Errorf("pile() (-want +got):\n%s", diff)
	}
}

func TestALineBreaksWhereNothingWasMeasured(t *testing.T) {
	f := frame{plotLeft: 0, plotRight: 100, plotTop: 0, plotLow: 10}
	line, area := f.path([]Point{at(0, 0), at(1, 1), at(9, 1), at(10, 0)}, time.Unix(0, 0), time.Unix(10, 0), 1)
	if want := "M0.0 10.0L10.0 0.0M90.0 0.0L100.0 10.0"; line != want {
		t.Errorf("line = %s, want %s", line, want)
	}
	if want := "M0.0 10.0L0.0 10.0L10.0 0.0L10.0 10.0ZM90.0 10.0L90.0 0.0L100.0 10.0L100.0 10.0Z"; area != want {
		t.Errorf("area = %s, want %s", area, want)
	}
}

func TestNumbersHaveWordsAndColours(t *testing.T) {
	limit := 0.15
	var words, limited Field
	words.Mappings = []struct {
		Options map[string]struct{ Text, Color string }
	}{{Options: map[string]struct{ Text, Color string }{"0": {"Not ready", "red"}}}}
	limited.Unit = "percentunit"
	limited.Thresholds.Steps = []struct {
		Color string
		Value *float64
	}{{"green", nil}, {"red", &limit}}
	for _, tt := range []struct {
		field        Field
		value        float64
		text, colour string
	}{
		{words, 0, "Not ready", colours["red"]},
		{limited, 0.1, "10 %", colours["green"]},
		{limited, 0.2, "20 %", colours["red"]},
	} {
		if text, colour := tt.field.word(tt.value); text != tt.text || colour != tt.colour {
			t.Errorf("word(%g) = %q, %q, want %q, %q", tt.value, text, colour, tt.text, tt.colour)
		}
	}
}
