package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

//go:embed picture.svg.tmpl
var pictureTemplate string

// Sizes of the picture, in pixels.
const (
	issueWidth, cellWidth, rowHeight, headHeight = 110, 290, 64, 52
)

// colours are those of Jira's lozenges.
var colours = map[string]string{
	"successful": "#1f845a", "failed": "#c9372c", "rolled_back": "#946f00", "cancelled": "#626f86",
	"in_progress": "#0c66e4", "pending": "#626f86",
}

// cell is what an issue shows in an environment: its latest deployment there, and how it got there.
type cell struct {
	X, Y                         int
	Name, State, Colour, History string
}

// drawPicture draws what Jira shows, an issue a row and an environment a column.
func drawPicture(w *world, file string) error {
	byIssue := deploymentsByIssue(w)
	issues := sortedKeys(byIssue)
	environments := promotion[:slices.Index(promotion, "production")+1]
	environments = slices.DeleteFunc(slices.Clone(environments), func(e string) bool { return e == "testing" })
	var cells []cell
	for row, issue := range issues {
		for column, environment := range environments {
			if c, ok := cellOf(w, byIssue[issue], environment); ok {
				c.X, c.Y = issueWidth+column*cellWidth, headHeight+row*rowHeight
				cells = append(cells, c)
			}
		}
	}
	parsed, err := template.New("picture").Funcs(template.FuncMap{
		"column": func(i int) int { return issueWidth + i*cellWidth },
		"row":    func(i int) int { return headHeight + i*rowHeight },
		"add":    func(a, b int) int { return a + b },
	}).Parse(pictureTemplate)
	if err != nil {
		return fmt.Errorf("parse picture: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("create picture: %w", err)
	}
	defer out.Close()
	return parsed.Execute(out, map[string]any{
		"Width": issueWidth + len(environments)*cellWidth, "Height": headHeight + len(issues)*rowHeight,
		"Issues": issues, "Environments": environments, "Cells": cells,
	})
}

// cellOf returns what an issue shows in an environment.
func cellOf(w *world, deployments []jiratest.StoredDeployment, environment string) (cell, bool) {
	var latest *jiratest.StoredDeployment
	for i := range deployments {
		if deployments[i].Environment.Type == environment {
			latest = &deployments[i] // they are in the order of their revisions
		}
	}
	if latest == nil {
		return cell{}, false
	}
	return cell{
		Name:    fmt.Sprintf("%s, revision %d", latest.DisplayName, revisionOf(latest.Deployment)),
		State:   strings.ToUpper(strings.ReplaceAll(latest.State, "_", " ")),
		Colour:  colours[latest.State],
		History: strings.ReplaceAll(was(w, *latest), "_", " "),
	}, true
}
