// SPDX-License-Identifier: Apache-2.0

package node

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestNeedsSayWhatToDo(t *testing.T) {
	g := NewWithT(t)
	root, compiler, headers := Need{What: "root"}, Need{"a C compiler", []string{"gcc", "libc6-dev"}}, Need{"headers", []string{"libc6-dev"}}
	g.Expect(root.String()).To(Equal("root"))
	g.Expect(compiler.String()).To(Equal("a C compiler (Debian: apt-get install gcc libc6-dev)"))
	g.Expect(Packages([]Need{root, compiler, headers})).To(Equal([]string{"gcc", "libc6-dev"}))
	g.Expect(Packages([]Need{root})).To(BeEmpty())
}
