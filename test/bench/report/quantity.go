// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strconv"
	"time"
)

// Unit is what a quantity is counted in.
type Unit string

// The units. A quantity that was not measured has none.
const (
	Unmeasured   Unit = ""
	Milliseconds Unit = "ms"
	Seconds      Unit = "s"
	Kilobytes    Unit = "KB"
	Megabytes    Unit = "MB"
	Number       Unit = "1"
)

// Quantity is a value that was measured, or promised.
type Quantity struct {
	Value float64
	Unit  Unit
}

// Millis is a time in milliseconds.
func Millis(d time.Duration) Quantity {
	return Quantity{float64(d) / float64(time.Millisecond), Milliseconds}
}

// Secs is a time in seconds.
func Secs(d time.Duration) Quantity {
	return Quantity{d.Seconds(), Seconds}
}

// Kilo is a size in kilobytes of a thousand bytes.
func Kilo(bytes int) Quantity {
	return Quantity{float64(bytes) / 1e3, Kilobytes}
}

// Mega is a size in megabytes of a million bytes.
func Mega(bytes int64) Quantity {
	return Quantity{float64(bytes) / 1e6, Megabytes}
}

// Count is a number of things.
func Count[N int | int64 | float64](n N) Quantity {
	return Quantity{float64(n), Number}
}

// Share is a quantity divided by a number of things; nothing where there are none.
func (q Quantity) Share(of int) Quantity {
	if of == 0 {
		return Quantity{}
	}
	return Quantity{q.Value / float64(of), q.Unit}
}

// String writes about three digits, which is more than a repetition would confirm.
func (q Quantity) String() string {
	if q.Unit == Unmeasured {
		return "-"
	}
	digits := 0
	switch {
	case q.Value == float64(int64(q.Value)):
	case q.Value < 10:
		digits = 2
	case q.Value < 100:
		digits = 1
	}
	text := strconv.FormatFloat(q.Value, 'f', digits, 64)
	if q.Unit == Number {
		return text
	}
	return text + " " + string(q.Unit)
}
