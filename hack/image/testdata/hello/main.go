// SPDX-License-Identifier: Apache-2.0

// Command hello is a small program to put into an image.
package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }
