// SPDX-License-Identifier: Apache-2.0

package observability

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Series is what a query gives for one set of labels.
type Series struct {
	Labels map[string]string `json:"metric"`
	// Points is one for a query as of now.
	Points []Point `json:"values"`
}

// Finite says whether there is a number among the points: a panel shows nothing else.
func (s Series) Finite() bool {
	return slices.ContainsFunc(s.Points, func(p Point) bool { return !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) })
}

// Point is a value at a time.
type Point struct {
	Time  time.Time
	Value float64
}

// UnmarshalJSON reads [seconds, "value"].
func (p *Point) UnmarshalJSON(content []byte) error {
	var seconds float64
	var value string
	if err := json.Unmarshal(content, &[]any{&seconds, &value}); err != nil {
		return err
	}
	p.Time = time.UnixMilli(int64(seconds * 1000))
	var err error
	p.Value, err = strconv.ParseFloat(value, 64)
	return err
}

// FiringAlert is an alert that is pending or fires.
type FiringAlert struct {
	State               string
	Labels, Annotations map[string]string
}

// LoadedRule is a rule that Prometheus evaluates.
type LoadedRule struct {
	Name, Health, LastError string
}

// Query answers a query as of now.
func (p *Prometheus) Query(ctx context.Context, query string) ([]Series, error) {
	var answer struct {
		ResultType string
		Result     []struct {
			Metric map[string]string
			Value  Point
		}
	}
	if err := p.get(ctx, "query", url.Values{"query": {query}}, &answer); err != nil {
		return nil, fmt.Errorf("query %s: %w", query, err)
	}
	var series []Series
	for _, r := range answer.Result {
		series = append(series, Series{Labels: r.Metric, Points: []Point{r.Value}})
	}
	return series, nil
}

// QueryRange answers a query for a span of time up to now, step by step.
func (p *Prometheus) QueryRange(ctx context.Context, query string, span, step time.Duration) ([]Series, error) {
	var answer struct{ Result []Series }
	now := time.Now()
	if err := p.get(ctx, "query_range", url.Values{
		"query": {query}, "step": {fmt.Sprint(step.Seconds())}, "start": {now.Add(-span).Format(time.RFC3339Nano)}, "end": {now.Format(time.RFC3339Nano)},
	}, &answer); err != nil {
		return nil, fmt.Errorf("query %s: %w", query, err)
	}
	return answer.Result, nil
}

// Alerts returns the alerts that are pending or fire.
func (p *Prometheus) Alerts(ctx context.Context) ([]FiringAlert, error) {
	var answer struct{ Alerts []FiringAlert }
	err := p.get(ctx, "alerts", nil, &answer)
	return answer.Alerts, err
}

// Rules returns the rules that are loaded.
func (p *Prometheus) Rules(ctx context.Context) ([]LoadedRule, error) {
	var answer struct {
		Groups []struct{ Rules []LoadedRule }
	}
	err := p.get(ctx, "rules", nil, &answer)
	var rules []LoadedRule
	for _, group := range answer.Groups {
		rules = append(rules, group.Rules...)
	}
	return rules, err
}

// get asks Prometheus' HTTP API.
func (p *Prometheus) get(ctx context.Context, what string, parameters url.Values, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/api/v1/"+what+"?"+parameters.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("read answer (status %s): %w", response.Status, err)
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	return json.Unmarshal(answer.Data, into)
}
