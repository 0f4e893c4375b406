// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"fmt"
	"io"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/explain"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// shortHash is how much of a template's hash people read.
const shortHash = 12

// page is a text of lines, each with what it is about in its first column.
type page struct {
	paint command.Paint
	now   time.Time
	text  strings.Builder
}

// line adds a line. Further texts about the same leave the first column empty.
func (p *page) line(about string, color command.Color, text string) {
	if text != "" {
		fmt.Fprintf(&p.text, "  %-12s %s\n", about, p.paint.Text(color, terminal.Printable(text)))
	}
}

func (p *page) title(text string) {
	p.text.WriteString(p.paint.Text(command.Bold, terminal.Printable(text)) + "\n")
}

// write writes an explanation for a person.
func write(out io.Writer, paint command.Paint, e *explain.Explanation, now time.Time) error {
	p := &page{paint: paint, now: now}
	w := e.Workload
	title := fmt.Sprintf("%s %s/%s", w.Kind, w.Namespace, w.Name)
	if e.Revision > 0 {
		title += fmt.Sprintf(", revision %d", e.Revision)
	}
	p.title(title)
	p.line("Problem", command.Yellow, e.Problem)
	if e.State != "" {
		state := e.State
		if e.Since != nil {
			state += fmt.Sprintf(" since %s (%s)", e.Since.Format(time.RFC3339), p.ago(*e.Since))
		}
		p.line("State", command.StateColor(e.State), state+": "+e.Why)
		p.line("Template", 0, e.TemplateHash[:min(len(e.TemplateHash), shortHash)])
		p.line("Images", 0, strings.Join(e.Images, ", "))
	}
	for i := range e.Sites {
		p.text.WriteString("\n")
		p.site(w.Namespace, &e.Sites[i])
	}
	if len(e.Sites) == 0 {
		p.line("Sites", command.Yellow, "There is no JiraSite, or none that may be read: kubectl get jirasites.")
	}
	_, err := io.WriteString(out, p.text.String())
	return err
}

func (p *page) site(namespace string, s *explain.Site) {
	title := "JiraSite " + s.Name
	if s.Ready != nil && s.Ready.Status != "True" {
		title += ", not Ready"
	}
	p.title(title)
	if s.Ready != nil && s.Ready.Status != "True" {
		p.line("Ready", command.Red, s.Ready.Reason+": "+s.Ready.Message)
	}
	if !s.Selected && s.NotSelected != "" {
		p.line("Selected", command.Yellow, "no: "+s.NotSelected)
	}
	if c := s.Compared; c != nil {
		text := c.Text
		if c.Record != "" {
			text += fmt.Sprintf(" Compared with %s (revision %d).", c.Record, c.Revision)
		}
		p.line("Release", 0, text)
	}
	p.keys("Issues", command.Green, s.Keys)
	p.line("Services", 0, strings.Join(s.ServiceIDs, ", "))
	p.keys("Nearly", command.Yellow, s.NearMisses)
	p.commits(s.Commits)
	if e := s.Environment; e != nil {
		p.line("Environment", 0, fmt.Sprintf("%s (%s): %s", e.Name, e.Type, e.Because))
	}
	about := "Notes"
	for _, note := range s.Notes {
		p.line(about, 0, note.Text)
		about = ""
	}
	p.record(namespace, s)
}

// keys adds a line for each key, and why it is one or none.
func (p *page) keys(about string, color command.Color, keys []explain.Key) {
	for _, k := range keys {
		p.line(about, color, fmt.Sprintf("%s in %s: %s", k.Key, Place(k), k.Because))
		about = ""
	}
}

// Place says where a key was read.
func Place(k explain.Key) string {
	place := strings.TrimSpace("the " + k.Place + " " + k.Name)
	if k.Text != "" && k.Place != "image" {
		place += fmt.Sprintf(" (%q)", k.Text)
	}
	return place
}

func (p *page) commits(c *explain.Commits) {
	if c != nil && c.Resolved != nil {
		color := command.Color(0)
		if c.Resolved.Status != "True" {
			color = command.Yellow
		}
		p.line("Commits", color, c.Resolved.Reason+": "+c.Resolved.Message)
	}
}

// record says what the record says, what the manager would make of it, and what Jira answered.
func (p *page) record(namespace string, s *explain.Site) {
	if r := s.Record; r != nil {
		p.line("Record", command.StateColor(r.State), fmt.Sprintf("%s: %s, generation %d, %s", r.Name, r.State, r.Generation, r.URL))
	}
	if r := s.Would; r != nil {
		p.line("Would be", 0, fmt.Sprintf("%s: %s, %s", r.Name, r.State, strings.Join(r.Issues, " ")))
		if r.Withheld != nil {
			p.line("Withheld", command.Yellow, r.Withheld.Rule+": "+r.Withheld.Text)
		}
	}
	if d := s.Delivered; d != nil || s.Jira != "" {
		color := command.Yellow
		if d != nil && d.Status == "True" && !d.Outdated {
			color = command.Green
		}
		p.line("Jira", color, s.Jira)
	}
	if s.Record != nil {
		p.line("More", command.Faint, fmt.Sprintf("kubectl -n %s describe jiradeployment %s", namespace, s.Record.Name))
	}
}

func (p *page) ago(t time.Time) string { return duration.HumanDuration(p.now.Sub(t)) + " ago" }
