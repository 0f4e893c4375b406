// SPDX-License-Identifier: Apache-2.0

package health

import (
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

// judge is what Flux makes of an object by expressions: in progress, else failed, else current, the first that is true. One
// that cannot be told yet, as where there is no status, is one to wait for (RFC 0009 of Flux).
func judge(t *testing.T, expressions, object map[string]any) string {
	t.Helper()
	for _, step := range []struct{ field, status string }{{"inProgress", "InProgress"}, {"failed", "Failed"}, {"current", "Current"}} {
		expression, there := expressions[step.field].(string)
		if !there {
			continue
		}
		holds, known := evaluate(t, expression, object)
		if !known {
			return "InProgress"
		}
		if holds {
			return step.status
		}
	}
	return "InProgress"
}

// evaluate parses without types and evaluates, in the environment that Flux makes.
func evaluate(t *testing.T, expression string, object map[string]any) (holds, known bool) {
	t.Helper()
	env, err := cel.NewEnv(cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders())
	if err != nil {
		t.Fatal(err)
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		t.Fatalf("parse %q: %v", expression, issues.Err())
	}
	program, err := env.Program(parsed, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		t.Fatal(err)
	}
	value, _, err := program.Eval(object)
	if err != nil {
		if _, observed := object["status"]; observed {
			t.Fatalf("evaluate %q: %v", expression, err)
		}
		return false, false
	}
	holds, known = value.Value().(bool)
	if !known {
		t.Fatalf("%q is %v, want true or false", expression, value)
	}
	return holds, known
}
