// SPDX-License-Identifier: Apache-2.0

package report

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"strings"
	"text/template"
)

// Point is a sample: when, in seconds, and what, in milliseconds.
type Point struct {
	X, Y float64
}

// Series are the samples of one reporter.
type Series struct {
	Name, Colour string
	Points       []Point
}

// Panel is a diagram with all series in one pair of axes. The upright one is logarithmic.
type Panel struct {
	Title  string
	Series []Series
}

//go:embed plot.svg.tmpl
var plotTemplate string

// Sizes of the picture, in pixels: a diagram, and the room around it.
const (
	plotWidth, plotHeight       = 760, 220
	marginLeft, marginRight     = 72, 24
	marginTop, marginBottom     = 44, 44
	panelHeight                 = marginTop + plotHeight + marginBottom
	legendOffset, legendSpacing = 200, 100
)

// mostTicks is how many lines of the grid a second's axis has at most.
const mostTicks = 12

// Plot draws the panels below each other, as SVG.
func Plot(out io.Writer, panels []Panel) error {
	parsed, err := template.New("plot").Parse(plotTemplate)
	if err != nil {
		return fmt.Errorf("parse picture: %w", err)
	}
	drawings := make([]drawing, len(panels))
	for i, panel := range panels {
		drawings[i] = draw(panel, i*panelHeight)
	}
	return parsed.Execute(out, map[string]any{
		"Width": marginLeft + plotWidth + marginRight, "Height": len(panels) * panelHeight, "Panels": drawings,
	})
}

// drawing is a panel in pixels.
type drawing struct {
	Title                    string
	Left, Right, Top, Bottom int
	XTicks, YTicks           []tick
	Series                   []dots
}

// tick is a line of the grid, and what stands beside it.
type tick struct {
	At    int
	Label string
}

// dots are a series as an SVG path: a point is a line of no length with round ends, which takes a third of what a
// circle does.
type dots struct {
	Name, Colour, Path string
	LegendX            int
}

func draw(panel Panel, y int) drawing {
	d := drawing{
		Title: panel.Title,
		Left:  marginLeft, Right: marginLeft + plotWidth, Top: y + marginTop, Bottom: y + marginTop + plotHeight,
	}
	widest, decades := extent(panel)
	x := func(seconds float64) int { return d.Left + int(math.Round(seconds/widest*plotWidth)) }
	up := func(millis float64) int {
		return d.Bottom - int(math.Round(max(0, math.Log10(max(millis, 1)))/float64(decades)*plotHeight))
	}
	for step, at := stepOf(widest), 0.0; at <= widest; at += step {
		d.XTicks = append(d.XTicks, tick{x(at), fmt.Sprintf("%g s", at)})
	}
	for decade := range decades + 1 {
		millis := math.Pow10(decade)
		label := fmt.Sprintf("%g ms", millis)
		if millis >= 1000 {
			label = fmt.Sprintf("%g s", millis/1000)
		}
		d.YTicks = append(d.YTicks, tick{up(millis), label})
	}
	for i, series := range panel.Series {
		var path strings.Builder
		for _, p := range series.Points {
			fmt.Fprintf(&path, "M%d %dh0", x(p.X), up(p.Y))
		}
		legend := d.Right - legendOffset + i*legendSpacing
		d.Series = append(d.Series, dots{series.Name, series.Colour, path.String(), legend})
	}
	return d
}

// extent returns the seconds that the points take, and how many powers of ten above 1 ms.
func extent(panel Panel) (widest float64, decades int) {
	widest, decades = 1, 1
	for _, series := range panel.Series {
		for _, p := range series.Points {
			widest = max(widest, p.X)
			decades = max(decades, int(math.Ceil(math.Log10(max(p.Y, 1)))))
		}
	}
	return widest, decades
}

// stepOf returns a round number of seconds that fits a few times into the widest.
func stepOf(widest float64) float64 {
	for step := 1.0; ; step *= 10 {
		for _, factor := range []float64{1, 2, 5} {
			if widest/(step*factor) <= mostTicks {
				return step * factor
			}
		}
	}
}
