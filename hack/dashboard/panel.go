// SPDX-License-Identifier: Apache-2.0

package main

import "fmt"

// row is a group of panels.
type row struct {
	title  string
	panels []panel
}

// kind is how a panel shows its queries.
type kind string

const (
	number kind = "stat"       // what is now
	lines  kind = "timeseries" // how it went
)

// panel is one picture.
type panel struct {
	kind        kind
	title       string
	description string
	unit        string // one of Grafana's
	queries     []query
	// bad is the value from which a number is red; none: no value is.
	bad *float64
	// words stand for numbers, such as Ready for 1.
	words map[string]word
	// named shows the name of the series, and not its value.
	named bool
	// none is what a number shows where there is no series.
	none string
	// stacked piles the lines up, because their sum says something.
	stacked bool
}

type query struct{ expr, legend string }

type word struct{ text, color string }

// fullWidth is how many columns Grafana has.
const fullWidth = 24

// width is that of lines, or of one of so many numbers that fill the width.
func (p panel) width(numbers int) int {
	if p.kind == number {
		return fullWidth / numbers
	}
	return fullWidth / 3
}

func (p panel) height() int {
	if p.kind == number {
		return 4
	}
	return 7
}

// grafana is the panel in Grafana's JSON.
func (p panel) grafana() object {
	var targets []object
	for i, q := range p.queries {
		targets = append(targets, object{
			"refId": string(rune('A' + i)), "datasource": source, "expr": selectors.Replace(q.expr), "legendFormat": q.legend,
			"instant": p.kind == number, "range": p.kind == lines,
		})
	}
	return object{
		"type": p.kind, "title": p.title, "description": p.description, "datasource": source, "targets": targets,
		"fieldConfig": object{"defaults": p.field(), "overrides": []object{}}, "options": p.options(),
	}
}

// field says how values look.
func (p panel) field() object {
	steps := []object{{"color": "green", "value": nil}}
	if p.bad != nil {
		steps = append(steps, object{"color": "red", "value": *p.bad})
	}
	field := object{"unit": p.unit, "thresholds": object{"mode": "absolute", "steps": steps}, "min": 0}
	if p.none != "" {
		field["noValue"] = p.none
	}
	if len(p.words) > 0 {
		options := object{}
		for value, w := range p.words {
			options[value] = object{"text": w.text, "color": w.color}
		}
		field["mappings"] = []object{{"type": "value", "options": options}}
	}
	if p.kind == lines {
		custom := object{"fillOpacity": 10, "showPoints": "never", "lineWidth": 1}
		if p.stacked {
			custom["fillOpacity"], custom["stacking"] = 40, object{"mode": "normal", "group": "A"}
		}
		if p.stacked && p.unit == "short" {
			custom["drawStyle"], custom["fillOpacity"] = "bars", 100 // events, of which there are few
		}
		field["custom"] = custom
	}
	return field
}

func (p panel) options() object {
	if p.kind == lines {
		return object{
			"legend":  object{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": object{"mode": "multi", "sort": "desc"},
		}
	}
	text := "value_and_name"
	switch {
	case p.named:
		text = "name"
	case len(p.queries) == 1 && p.queries[0].legend == "":
		text = "value"
	}
	return object{
		"textMode": text, "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
		"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
	}
}

// from says that a number is red from a value on.
func from(value float64) *float64 { return &value }

// quantiles are queries of a histogram's quantiles, each named so, such as p90.
func quantiles(histogram, by string, of ...int) []query {
	var queries []query
	for _, q := range of {
		queries = append(queries, query{quantile(float64(q)/100, histogram, by), fmt.Sprintf("p%d", q)})
	}
	return queries
}

// quantile is a quantile of a histogram for each value of a label; for none, of all together.
func quantile(q float64, histogram, by string) string {
	return fmt.Sprintf("histogram_quantile(%g, sum by (%sle) (rate(%s[$__rate_interval])))", q, by, histogram)
}
