// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"io"
	"time"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/why"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// write writes an answer for people: records, what stands in the way, sites, and at the end the verdict and what to run.
func write(out io.Writer, a why.Answer, now time.Time) error {
	paint := command.PaintFor(out)
	if len(a.Records) > 0 {
		if err := records(a.Records, now, paint).Write(out); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	for _, f := range a.Findings {
		at := ""
		if f.Site != "" && f.Object != "JiraSite "+f.Site {
			at = " at " + f.Site
		}
		fmt.Fprintf(out, "%s %s%s: %s\n", paint.Text(command.Yellow, terminal.Printable(f.Reason)), terminal.Printable(f.Object), terminal.Printable(at), terminal.Printable(f.Text))
		if f.Do != "" {
			fmt.Fprintf(out, "  %s\n", terminal.Printable(f.Do))
		}
	}
	if len(a.Findings) > 0 {
		fmt.Fprintln(out)
	}
	for _, s := range a.Sites {
		fmt.Fprintf(out, "JiraSite %s (%s): %s\n", s.Name, terminal.Printable(s.Host), terminal.Printable(standing(s)))
	}
	if a.Manager.Works == why.No {
		fmt.Fprintf(out, "Manager: none works. %s\n", terminal.Printable(a.Manager.Because))
	}
	for _, text := range a.Unread {
		fmt.Fprintln(out, terminal.Printable(text))
	}
	color := command.Red
	if a.InJira {
		color = command.Green
	}
	_, err := fmt.Fprintf(out, "\n%s\n", paint.Text(color, terminal.Printable(a.Sentence)))
	if a.Command != "" && err == nil {
		_, err = fmt.Fprintf(out, "Run: %s\n", terminal.Printable(a.Command))
	}
	return err
}

// standing says how a site stands.
func standing(s why.Site) string {
	switch s.Ready {
	case "":
		return "no manager has checked it"
	case "True":
		return s.Reason
	}
	return fmt.Sprintf("not Ready, %s: %s", s.Reason, s.Message)
}

// records is the table of the records with the issue.
func records(all []why.Record, now time.Time, paint command.Paint) *command.Table {
	t := &command.Table{Paint: paint}
	t.Header("NAMESPACE", "RECORD", "WORKLOAD", "ENVIRONMENT", "SITE", "STATE", "SINCE", "JIRA")
	for _, r := range all {
		workload := r.Workload
		if workload == "" {
			workload = "by hand"
		}
		t.Row(r.Namespace, r.Name, workload, r.Environment, r.Site, r.State, command.Age(now, r.LastUpdated), r.Answer())
		t.Color(5, command.StateColor(r.State))
	}
	return t
}
