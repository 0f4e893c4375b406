// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
)

// object is a part of the dashboard in Grafana's JSON.
type object = map[string]any

// source is the data source that the reader chooses.
var source = object{"type": "prometheus", "uid": "$datasource"}

// Every query reads one install: the manager in one namespace of one cluster. {INSTALL} in a query is this, {SITE} is this
// and the sites that the reader chooses.
const (
	install = `cluster="$cluster", namespace="$namespace", job=~"$job", instance=~"$instance"`
	site    = install + `, site=~"$site"`
)

var selectors = strings.NewReplacer("{INSTALL", "{"+install, "{SITE", "{"+site)

// variables are the reader's choices. cluster is empty where Prometheus gives no such label, and then matches what has none.
func variables() []object {
	return []object{
		{"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1, "hide": 0},
		variable("cluster", "Cluster", `rollcall_build_info`, false),
		variable("namespace", "Namespace", `rollcall_build_info{cluster="$cluster"}`, false),
		variable("job", "Job", `rollcall_build_info{cluster="$cluster", namespace="$namespace"}`, true),
		variable("instance", "Instance", `rollcall_build_info{cluster="$cluster", namespace="$namespace", job=~"$job"}`, true),
		variable("site", "Site", `rollcall_site_ready{`+install+`}`, true),
	}
}

// variable is one whose values are those of the label of its name, of a metric. Of many several may be chosen, or all.
func variable(name, label, metric string, many bool) object {
	query := "label_values(" + metric + ", " + name + ")"
	v := object{
		"name": name, "label": label, "type": "query", "datasource": source, "definition": query,
		"query": object{"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": many, "includeAll": many, "hide": 0,
	}
	if many {
		v["allValue"] = ".+"
		v["current"] = object{"text": "All", "value": "$__all"}
	}
	return v
}

func makeDashboard() object {
	return object{
		"uid": "rollcall", "title": "Rollcall", "tags": []string{"rollcall", "jira", "dora"},
		"description":   "Whether rollouts and builds reach Jira, how long that takes, and what they say of deliveries (DORA).",
		"schemaVersion": 39, "editable": false, "graphTooltip": 1, "refresh": "1m", "timezone": "browser",
		"time":        object{"from": "now-6h", "to": "now"},
		"templating":  object{"list": variables()},
		"annotations": object{"list": []object{}},
		"links": []object{{
			"title": "Alerts and what to do", "type": "link", "icon": "doc", "targetBlank": true,
			"url": "https://github.com/rollcall-dev/rollcall/blob/main/docs/alerts.md",
		}},
		"panels": layOut(working, delivery, rollouts, sources, managers),
	}
}

// layOut places rows of panels one below the other, and the panels of each from the left to the right.
func layOut(rows ...row) []object {
	var all []object
	x, y, tallest := 0, 0, 0
	place := func(o object, w, h int) {
		if x+w > fullWidth {
			x, y, tallest = 0, y+tallest, 0
		}
		o["id"], o["gridPos"] = len(all)+1, object{"x": x, "y": y, "w": w, "h": h}
		x, tallest = x+w, max(tallest, h)
		all = append(all, o)
	}
	for _, r := range rows {
		place(object{"type": "row", "title": r.title, "collapsed": false, "panels": []object{}}, fullWidth, 1)
		numbers := len(slices.DeleteFunc(slices.Clone(r.panels), func(p panel) bool { return p.kind != number }))
		for _, p := range r.panels {
			place(p.grafana(), p.width(numbers), p.height())
		}
		x, y, tallest = 0, y+tallest, 0
	}
	return all
}
