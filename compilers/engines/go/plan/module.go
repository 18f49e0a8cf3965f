package main

import (
	"go/token"
	"go/version"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The newest language that the compiler knows, and what a module without a go line is written in.
const (
	newest = "go1.27"
	oldest = "go1.16"
)

// A Module is the program's own module, or its folder where there is no go.mod.
type Module struct {
	Path string
	Dir  string
	Lang string
	// Languages of the modules in the vendor folder, by path.
	vendored map[string]string
	// Folders of modules that a replace line names, by path.
	replaced map[string]string
}

// readModule reads the go.mod that is nearest above entry, not beyond root.
func readModule(p *planner, entry, root string) *Module {
	module := &Module{Path: "main", Dir: entry, Lang: newest, vendored: map[string]string{}, replaced: map[string]string{}}
	for dir := entry; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "go.mod")
		if text, err := os.ReadFile(file); err == nil {
			module.Dir, module.Lang = dir, oldest
			module.read(p, file, string(text))
			module.readVendored(dir)
			break
		}
		if dir == root || len(dir) <= len(root) {
			break
		}
	}
	return module
}

// read takes the lines of go.mod that matter without a network: module, go and replace.
func (m *Module) read(p *planner, file, text string) {
	block := ""
	for at, line := range strings.Split(text, "\n") {
		position := token.Position{Filename: file, Line: at + 1, Column: 1}
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch {
		case words[0] == ")":
			block = ""
			continue
		case block != "":
			words = append([]string{block}, words...)
		case len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		}
		switch {
		case words[0] == "module" && len(words) == 2:
			m.Path = unquoted(words[1])
		case words[0] == "go" && len(words) == 2:
			m.Lang = p.language(words[1], position)
		case words[0] == "replace":
			m.replace(words[1:])
		}
	}
	if first, _, _ := strings.Cut(m.Path, "/"); first == guest || m.Path == "" || p.std[m.Path] {
		p.fail(token.Position{Filename: file, Line: 1, Column: 1}, "a module cannot be called %q", m.Path)
	}
}

// replace takes "a [version] => ./folder"; a replacement from a registry is in the vendor folder.
func (m *Module) replace(words []string) {
	for at, word := range words {
		if word != "=>" || at == 0 || at+1 >= len(words) {
			continue
		}
		folder := unquoted(words[at+1])
		if strings.HasPrefix(folder, "./") || strings.HasPrefix(folder, "../") {
			m.replaced[unquoted(words[0])] = filepath.Join(m.Dir, folder)
		}
	}
}

// readVendored notes the languages of vendored modules.
func (m *Module) readVendored(dir string) {
	text, err := os.ReadFile(filepath.Join(dir, "vendor", "modules.txt"))
	if err != nil {
		return
	}
	module := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "# "); ok {
			module, _, _ = strings.Cut(rest, " ")
			m.vendored[module] = oldest
		} else if _, version, ok := strings.Cut(line, "; go "); ok && module != "" {
			m.vendored[module] = "go" + version
		}
	}
}

// lang is the language of a package, and whether it is of the program's own module.
func (m *Module) lang(name string) (string, bool) {
	if below(name, m.Path) {
		return m.Lang, true
	}
	if below(name, guest) {
		return newest, false
	}
	lang, longest := oldest, ""
	for module, of := range m.vendored {
		if below(name, module) && len(module) > len(longest) {
			lang, longest = version.Lang(of), module
		}
	}
	if version.Compare(lang, newest) > 0 || lang == "" {
		lang = newest
	}
	return lang, false
}

// find gives the folder of a package, or nothing.
func (m *Module) find(name string) string {
	if below(name, m.Path) {
		return isDir(filepath.Join(m.Dir, strings.TrimPrefix(name, m.Path)))
	}
	for module, dir := range m.replaced {
		if below(name, module) {
			return isDir(filepath.Join(dir, strings.TrimPrefix(name, module)))
		}
	}
	return isDir(filepath.Join(m.Dir, "vendor", filepath.FromSlash(name)))
}

func below(name, module string) bool {
	return name == module || strings.HasPrefix(name, module+"/")
}

// language is that of a go line.
func (p *planner) language(text string, at token.Position) string {
	lang := version.Lang("go" + unquoted(text))
	if lang == "" {
		p.fail(at, "invalid go version %q: it is written like 1.21", text)
		return newest
	}
	if version.Compare(lang, newest) > 0 {
		p.fail(at, "the module needs Go %s, and this lane has %s; lower the go line if the program does not need it", text, strings.TrimPrefix(newest, "go"))
		return newest
	}
	return lang
}

func unquoted(text string) string {
	if plain, err := strconv.Unquote(text); err == nil {
		return plain
	}
	return text
}
