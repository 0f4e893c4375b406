// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// palette are the colours of lines, in their order.
var palette = []string{"#0c66e4", "#22a06b", "#e56910", "#8270db", "#2898bd", "#c9372c", "#b38600", "#cd519d", "#626f86"}

// plot draws lines over the time of their points, on an axis that begins with zero.
func (f *frame) plot(p Panel, series []answered) {
	stacked := p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal"
	if stacked {
		series = pile(series)
	}
	var first, last time.Time
	most := 0.0
	for _, s := range series {
		for _, point := range s.points {
			if first.IsZero() || point.Time.Before(first) {
				first = point.Time
			}
			if point.Time.After(last) {
				last = point.Time
			}
			most = max(most, point.Value)
		}
	}
	most = ceiling(most)
	for _, value := range []float64{0, most / 2, most} {
		f.Ticks = append(f.Ticks, tick{
			Left: int(f.plotLeft), Right: int(f.plotRight), At: int(f.y(value / most)), Label: format(p.FieldConfig.Defaults.Unit, value),
		})
	}
	for i, s := range series {
		path, low := f.path(s.points, first, last, most)
		drawn := line{Path: path, Colour: palette[i%len(palette)]}
		if stacked {
			drawn.Area = low
		}
		f.Lines = append(f.Lines, drawn)
	}
	slices.Reverse(f.Lines) // of a pile the lowest is drawn last, over those that hold it
	f.name(series)
}

// name writes the names of the lines below them, as far as there is room.
func (f *frame) name(series []answered) {
	const letter, room, height = 6, 26, 14
	x, y := f.Left+10, f.Bottom-24
	for i, s := range series {
		width := len(s.name)*letter + room
		if x+width > f.Right {
			x, y = f.Left+10, y+height
		}
		if y > f.Bottom {
			return
		}
		f.Legend = append(f.Legend, label{Text: s.name, Colour: palette[i%len(palette)], X: x, Y: y})
		x += width
	}
}

// pile adds to each series what lies below it, at the same time.
func pile(series []answered) []answered {
	below := map[int64]float64{}
	piled := make([]answered, len(series))
	for i, s := range series {
		piled[i].name = s.name
		for _, point := range s.points {
			at := point.Time.UnixMilli()
			below[at] += point.Value
			piled[i].points = append(piled[i].points, Point{point.Time, below[at]})
		}
	}
	return piled
}

// path is a line through the points, and the area below it. It breaks where a point is missing.
func (f *frame) path(points []Point, first, last time.Time, most float64) (line, area string) {
	span := max(last.Sub(first).Seconds(), 1)
	var path, filled strings.Builder
	var before Point
	fill := func(x float64) { fmt.Fprintf(&filled, "L%.1f %.1fZ", x, f.plotLow) }
	at := func(p Point) float64 { return f.plotLeft + (f.plotRight-f.plotLeft)*p.Time.Sub(first).Seconds()/span }
	for i, p := range points {
		command, x, y := "L", at(p), f.y(p.Value/most)
		if i == 0 || p.Time.Sub(before.Time) > step*3/2 {
			if i > 0 {
				fill(at(before))
			}
			command = "M"
			fmt.Fprintf(&filled, "M%.1f %.1f", x, f.plotLow)
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", command, x, y)
		fmt.Fprintf(&filled, "L%.1f %.1f", x, y)
		before = p
	}
	fill(at(before))
	return path.String(), filled.String()
}

func (f *frame) y(share float64) float64 { return f.plotLow - (f.plotLow-f.plotTop)*share }

// ceiling is the next of 1, 2 and 5, with zeros behind or before.
func ceiling(value float64) float64 {
	if value <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(value)))
	for _, step := range []float64{1, 2, 5} {
		if value <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// word is what a panel shows for a value, and its colour.
func (d Field) word(value float64) (text, colour string) {
	for _, mapping := range d.Mappings {
		if option, ok := mapping.Options[strconv.FormatFloat(value, 'f', -1, 64)]; ok {
			return option.Text, colours[option.Color]
		}
	}
	for _, step := range d.Thresholds.Steps {
		if step.Value == nil || value >= *step.Value {
			colour = colours[step.Color]
		}
	}
	return format(d.Unit, value), colour
}

var colours = map[string]string{"green": "#216e4e", "red": "#c9372c"}

// format writes a value with one of Grafana's units.
func format(unit string, value float64) string {
	switch {
	case unit == "percentunit":
		return fmt.Sprintf("%.3g %%", 100*value)
	case unit == "bytes":
		return fmt.Sprintf("%.3g MB", value/1e6)
	case unit == "ops" || unit == "reqps":
		return fmt.Sprintf("%.3g /s", value)
	case unit == "rpm":
		return fmt.Sprintf("%.3g /min", value)
	case unit == "s" && value < 1 && value > 0:
		return fmt.Sprintf("%.3g ms", 1000*value)
	case unit == "s" && value >= 120:
		return fmt.Sprintf("%.3g min", value/60)
	case unit == "s":
		return fmt.Sprintf("%.3g s", value)
	case value >= 1000:
		return fmt.Sprintf("%.3g K", value/1000)
	default:
		return fmt.Sprintf("%.3g", value)
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// legend is the name of a series.
func (q Query) legend(labels map[string]string) string {
	return placeholder.ReplaceAllStringFunc(q.LegendFormat, func(found string) string {
		return labels[placeholder.FindStringSubmatch(found)[1]]
	})
}
