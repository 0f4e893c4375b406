package record

import (
	"fmt"
	"strings"
	"time"
)

// script is a story as it is told: what the cluster did, and what each manager told its Jira, in one order.
type script []line

type line struct {
	at      time.Time
	cluster string
	by      *manager // of what Jira was told
	told    string
}

func (s *script) cluster(at time.Time, text string) {
	*s = append(*s, line{at: at, cluster: text})
}

func (s *script) told(at time.Time, by *manager, text string) {
	*s = append(*s, line{at: at, by: by, told: text})
}

// text writes the story of one manager: time, what the cluster did, what Jira is told; and what Jira shows in the
// end.
func (s *script) text(title string, m *manager) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", title)
	row(&b, "time", "what the cluster did", "what Jira is told")
	last, open := "", ""
	flush := func(told string) {
		if open != "" || told != "" {
			row(&b, last, open, told)
		}
		open = ""
	}
	for _, l := range *s {
		if l.by != nil && l.by != m {
			continue
		}
		if at := storyTime(l.at); at != last || l.cluster != "" {
			flush("")
			last = at
		}
		open += l.cluster
		if l.told != "" {
			flush(l.told)
		}
	}
	flush("")
	b.WriteString("\nIn the end Jira shows:\n")
	for _, d := range m.jira.shows() {
		fmt.Fprintf(&b, "  %s\n", entry(d))
	}
	if len(m.jira) == 0 {
		b.WriteString("  nothing\n")
	}
	return b.String()
}

func row(b *strings.Builder, at, cluster, told string) {
	b.WriteString(strings.TrimRight(fmt.Sprintf("%-15s  %-66s  %s", at, cluster, told), " ") + "\n")
}

// milestones tells what the cluster did by itself between two sights.
func milestones(before, after fact) string {
	if after.uid == "" || after.revision == 0 {
		return ""
	}
	same := before.uid == after.uid && before.revision == after.revision
	switch {
	case !same && after.phase == phaseFinished:
		return fmt.Sprintf("- revision %d begins, and is finished at once", after.revision)
	case !same:
		return fmt.Sprintf("- revision %d begins", after.revision)
	case after.between || before.phase == after.phase:
		return ""
	case after.phase == phaseFinished:
		return fmt.Sprintf("- all pods are those of revision %d, and ready", after.revision)
	case after.phase == phaseFailed:
		return fmt.Sprintf("- revision %d made no progress until its deadline", after.revision)
	}
	return ""
}
