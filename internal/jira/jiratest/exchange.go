// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// maxBody is what a request may weigh before it is answered 413.
const maxBody = 8 << 20

// exchange is a request that was read to its end, and what its handler found out about it.
type exchange struct {
	request     *http.Request
	body        []byte
	received    time.Time
	clientID    string
	deployments []jira.Deployment
	operation   operation
}

// handler answers a request. It runs with Server.mu held.
type handler func(*exchange) reply

// reply is an answer that is not yet written.
type reply struct {
	status int
	header http.Header
	body   []byte
	cut    cut
}

// cut says where the connection breaks.
type cut int

const (
	cutNowhere cut = iota
	cutBeforeAnswer
	cutInsideBody
)

// answer encodes a value as JSON.
func answer(status int, value any) reply {
	return reply{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: encode(value)}
}

// encode writes '&' as it is, for people to read. All values here can be encoded.
func encode(value any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSpace(out.Bytes())
}

type messageJSON struct {
	Message string `json:"message"`
}

func messages(texts []string) []messageJSON {
	list := make([]messageJSON, 0, len(texts))
	for _, text := range texts {
		list = append(list, messageJSON{text})
	}
	return list
}

// failure is how the APIs themselves say no: an array of messages.
func failure(status int, texts ...string) reply {
	return answer(status, messages(texts))
}

// refusal is how the gateway before the APIs says no.
func refusal(status int, text string) reply {
	return answer(status, struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{status, text})
}

// serve is the way of every request: read it, let a fault have its turn, answer, log, write. It is logged before it is
// written, so that whoever has the answer finds the request in the log.
func (s *Server) serve(at Endpoint, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		x := &exchange{request: r, body: body, received: s.options.now()}
		fault := s.faults.pick(at)
		if !fault.wait(r.Context()) {
			panic(http.ErrAbortHandler)
		}
		if fault.ExpireTokens {
			s.ExpireTokens()
		}
		res := fault.answer(func() reply {
			s.mu.Lock()
			defer s.mu.Unlock()
			return h(x)
		})
		s.record(x, res)
		res.write(w)
	})
}

// write sends a reply, or breaks the connection where it says so.
func (r reply) write(w http.ResponseWriter) {
	if r.cut == cutBeforeAnswer {
		reset(w)
	}
	for name, values := range r.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	if r.cut == cutInsideBody {
		_, _ = w.Write(r.body[:len(r.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(r.body)
}

// reset breaks a connection as rudely as a protocol allows: RST over TCP, else by closing it, or the HTTP/2 stream.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if over, ok := conn.(*tls.Conn); ok {
		conn = over.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
	panic(http.ErrAbortHandler)
}

// pathNumber reads a sequence number from the path.
func pathNumber(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s must be a number", name)
	}
	return n, nil
}
