// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"text/template"
	"time"
)

//go:embed picture.svg.tmpl
var pictureTemplate string

// Sizes in pixels: Grafana's unit of width and of height, the room between two panels, the title of the whole, and the room
// inside a panel.
const (
	unitWidth, unitHeight   = 52, 30
	gap, head               = 8, 44
	left, right, top, under = 66, 12, 34, 40
	mostNumbers             = 3
	pictureWidth            = 24*unitWidth + gap
)

// step is the time between two points of a line.
const step = 3 * time.Second

// Draw draws the dashboard as it is now, as SVG: each panel's own queries, asked of Prometheus, without Grafana.
func Draw(ctx context.Context, out io.Writer, d Dashboard, p *Prometheus, c Choice) error {
	parsed, err := template.New("picture").Parse(pictureTemplate)
	if err != nil {
		return fmt.Errorf("parse picture: %w", err)
	}
	frames, height := make([]frame, 0, len(d.Panels)), 0
	for _, panel := range d.Panels {
		series, err := p.answer(ctx, panel, c)
		if err != nil {
			return fmt.Errorf("draw %q: %w", panel.Title, err)
		}
		f := frameOf(panel, series)
		frames, height = append(frames, f), max(height, f.Bottom)
	}
	return parsed.Execute(out, map[string]any{
		"Title": d.Title, "Width": pictureWidth, "Height": height + gap, "Frames": frames,
		"Subtitle": fmt.Sprintf("the last %s of a test, drawn from the dashboard's queries without Grafana", c.Range.Round(time.Second)),
	})
}

// answered is a series of a panel, with the name of its legend.
type answered struct {
	name   string
	points []Point
}

// answer asks a panel's queries.
func (p *Prometheus) answer(ctx context.Context, panel Panel, c Choice) ([]answered, error) {
	var all []answered
	for _, q := range panel.Targets {
		ask := func() ([]Series, error) { return p.QueryRange(ctx, c.Of(q), c.Range, step) }
		if q.Instant {
			ask = func() ([]Series, error) { return p.Query(ctx, c.Of(q)) }
		}
		series, err := ask()
		if err != nil {
			return nil, err
		}
		for _, s := range series {
			a := answered{name: q.legend(s.Labels)}
			for _, point := range s.Points {
				if !math.IsNaN(point.Value) && !math.IsInf(point.Value, 0) {
					a.points = append(a.points, point)
				}
			}
			if len(a.points) > 0 {
				all = append(all, a)
			}
		}
	}
	return all, nil
}

// frame is a panel in pixels.
type frame struct {
	Row                                   bool
	Title                                 string
	Left, Top, Right, Bottom              int
	Width, Height                         int
	Numbers                               []label
	Ticks                                 []tick
	Lines                                 []line
	Legend                                []label
	plotLeft, plotTop, plotRight, plotLow float64
}

type label struct {
	Text, Colour string
	X, Y, Size   int
}

type tick struct {
	Left, Right, At int
	Label           string
}

type line struct{ Path, Area, Colour string }

func frameOf(p Panel, series []answered) frame {
	g := p.GridPos
	f := frame{
		Row: p.Row(), Title: p.Title, Left: g.X*unitWidth + gap, Top: head + g.Y*unitHeight,
		Width: g.W*unitWidth - gap, Height: g.H*unitHeight - gap,
	}
	f.Right, f.Bottom = f.Left+f.Width, f.Top+f.Height
	f.plotLeft, f.plotRight = float64(f.Left+left), float64(f.Right-right)
	f.plotTop, f.plotLow = float64(f.Top+top), float64(f.Bottom-under)
	switch {
	case f.Row:
	case p.Type == "stat":
		f.write(p, series)
	default:
		f.plot(p, series)
	}
	return f
}

// write shows numbers: the value, or what stands for it, and its name.
func (f *frame) write(p Panel, series []answered) {
	none := p.FieldConfig.Defaults.NoValue
	if none == "" {
		none = "No data"
	}
	if len(series) == 0 {
		f.Numbers = []label{{Text: none, Colour: "#626f86", X: f.Left + 10, Y: f.Top + 64, Size: 20}}
		return
	}
	size, step := 24, 0
	if len(series) > 1 {
		size, step = 14, 20
	}
	for i, s := range series[:min(len(series), mostNumbers)] {
		value := s.points[len(s.points)-1].Value
		text, colour := p.FieldConfig.Defaults.word(value)
		if p.Options.TextMode == "name" {
			text = s.name
		} else if s.name != "" && p.Options.TextMode == "value_and_name" {
			text = s.name + ": " + text
		}
		f.Numbers = append(f.Numbers, label{Text: text, Colour: colour, X: f.Left + 10, Y: f.Top + 64 - size/2 + i*step, Size: size})
	}
}
