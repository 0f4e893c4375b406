// SPDX-License-Identifier: Apache-2.0

package commits

// collector takes the commits of a range as they arrive, up to the limit.
type collector struct {
	history
	base  string
	head  string
	limit int
	// others: the server sends folders and files as well, which are not read to their end.
	others bool
	full   bool
}

func (r remote) newCollector(base, head string) *collector {
	return &collector{history: history{}, base: base, head: head, limit: r.client.limits.Commits}
}

// visit stops at the limit, and where a server without filter has sent all commits.
func (c *collector) visit(kind objectKind, id, data string) bool {
	if kind != kindCommit {
		// Commits come first. If nothing but base is missing behind them, there are no more.
		first := !c.others
		c.others = true
		return !first || !c.closed()
	}
	if len(c.history) >= c.limit {
		c.full = true
		return false
	}
	return c.history.visit(kind, id, data)
}

// closed says whether base is all that is missing.
func (c *collector) closed() bool {
	for _, commit := range c.history {
		for _, id := range commit.Parents {
			if id != c.base && c.history[id] == nil {
				return false
			}
		}
	}
	return c.history[c.head] != nil
}

// orCut makes the limit of commits look like the other limits.
func (c *collector) orCut(err error) error {
	if err == nil && c.full {
		return &Error{Cause: ErrTooLarge, Message: "the range has more commits than the limits allow", Err: errLong}
	}
	return err
}

// short is how people write a commit id. Anything else is cut to a length that fits into a message.
func short(revision string) string {
	if isID(revision) {
		return revision[:10]
	}
	if len(revision) > 64 {
		revision = revision[:64] + "…"
	}
	return revision
}
