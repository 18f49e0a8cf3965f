package main

import (
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// embed resolves the patterns of //go:embed to files of the package's folder.
func (p *planner) embed(found *build.Package, dir string) *Embed {
	if len(found.EmbedPatterns) == 0 {
		return nil
	}
	embed := &Embed{Patterns: map[string][]string{}, Files: map[string]string{}}
	for _, pattern := range found.EmbedPatterns {
		at := found.EmbedPatternPos[pattern][0]
		glob, all := strings.CutPrefix(pattern, "all:")
		if !fs.ValidPath(glob) {
			p.fail(at, "pattern %s: invalid pattern syntax", pattern)
			continue
		}
		matches, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(glob)))
		if err != nil {
			p.fail(at, "pattern %s: invalid pattern syntax", pattern)
			continue
		}
		names := []string{}
		for _, match := range matches {
			err := walk(match, all, func(file string) {
				if name, err := filepath.Rel(dir, file); err == nil {
					names = append(names, filepath.ToSlash(name))
					embed.Files[path.Clean(filepath.ToSlash(name))] = file
				}
			})
			if err != nil {
				p.fail(at, "pattern %s: cannot be read", pattern)
			}
		}
		if len(names) == 0 {
			p.fail(at, "pattern %s: no matching files found", pattern)
			continue
		}
		slices.Sort(names)
		embed.Patterns[pattern] = slices.Compact(names)
	}
	return embed
}

// walk calls each for every regular file under dir. Names that begin with a dot or underscore are
// left out unless all are wanted, and other modules always.
func walk(dir string, all bool, each func(file string)) error {
	return filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if file != dir && !all && (name[0] == '.' || name[0] == '_') {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil {
				return fs.SkipDir
			}
		}
		if entry.Type().IsRegular() {
			each(file)
		}
		return nil
	})
}
