package text

import (
	_ "embed"
	"iter"
	"strings"
)

//go:embed lines.txt
var lines string

func Lines() iter.Seq[string] { return strings.SplitSeq(strings.TrimSpace(lines), "\n") }
