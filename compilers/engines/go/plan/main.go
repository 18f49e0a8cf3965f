// Plan reads a Go program and says what is compiled, in which order, and from which files.
//
//	plan ENTRY ROOT [BINDINGS]
//
// ENTRY is the folder of the main package, ROOT the topmost folder of the source, BINDINGS the
// folder of the packages that begin with guest/. The plan goes to standard output as JSON; what is
// wrong with the program goes to standard error, one line each, as the compiler writes it, and the
// status is then 2.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Package is one call of the compiler.
type Package struct {
	Path    string   `json:"path"`
	Lang    string   `json:"lang"`
	Files   []string `json:"files"`
	Imports []string `json:"imports"`
	// Assembly is written for wasm, or for every machine; Headers are what it may include.
	Assembly []string `json:"assembly,omitempty"`
	Headers  []string `json:"headers,omitempty"`
	Embed    *Embed   `json:"embed,omitempty"`
}

// Embed is what the compiler's -embedcfg takes.
type Embed struct {
	Patterns map[string][]string
	Files    map[string]string
}

const (
	guest    = "guest"
	exports  = "guest/wit_exports"
	maxWrong = 50
)

type planner struct {
	context  build.Context
	std      map[string]bool
	module   *Module
	bindings string
	state    map[string]int
	chain    []string
	packages []*Package
	wrong    int
}

func (p *planner) fail(at token.Position, format string, words ...any) {
	p.wrong++
	if p.wrong > maxWrong {
		return
	}
	where := ""
	if at.IsValid() || at.Filename != "" {
		where = fmt.Sprintf("%s:%d:%d: ", at.Filename, max(at.Line, 1), max(at.Column, 1))
	}
	fmt.Fprintf(os.Stderr, "%s%s\n", where, strings.ReplaceAll(fmt.Sprintf(format, words...), "\n", " "))
}

// visit plans the package in dir and all that it needs, deepest first.
func (p *planner) visit(path, dir string, at token.Position) *build.Package {
	p.state[path] = visiting
	p.chain = append(p.chain, path)
	defer func() {
		p.chain = p.chain[:len(p.chain)-1]
		p.state[path] = done
	}()
	lang, own := p.module.lang(path)
	wrong := p.wrong
	found, err := p.context.ImportDir(dir, 0)
	p.refuseC(found, own)
	if err != nil {
		if p.wrong == wrong {
			p.unreadable(path, dir, at, err)
		}
		return nil
	}
	planned := &Package{Path: path, Lang: lang, Files: in(dir, found.GoFiles)}
	if planned.Assembly = in(dir, found.SFiles); len(planned.Assembly) > 0 {
		planned.Headers = in(dir, found.HFiles)
	}
	for _, name := range found.Imports {
		if p.imports(path, name, found.ImportPos[name][0]) {
			planned.Imports = append(planned.Imports, name)
		}
	}
	if found.Name == "main" && len(p.chain) == 1 && p.bindings != "" {
		planned.Files = append(planned.Files, filepath.Join(p.bindings, "start.go"))
		if p.imports(path, exports, token.Position{}) {
			planned.Imports = append(planned.Imports, exports)
		}
	}
	planned.Embed = p.embed(found, dir)
	p.packages = append(p.packages, planned)
	return found
}

const (
	visiting = 1
	done     = 2
)

// imports plans what from imports, and says whether it is a package of the program.
func (p *planner) imports(from, name string, at token.Position) bool {
	switch {
	case name == "unsafe" || name == "C":
		return false
	case p.std[name]:
		if hidden(name) {
			p.fail(at, "use of internal package %s not allowed", name)
		}
		return false
	case p.state[name] == visiting:
		start := slices.Index(p.chain, name)
		p.fail(at, "import cycle not allowed: %s", strings.Join(append(slices.Clone(p.chain[start:]), name), " imports "))
		return false
	case !mayUse(from, name):
		p.fail(at, "use of internal package %s not allowed", name)
		return false
	case p.state[name] == done:
		return true
	}
	dir := p.find(name)
	if dir == "" {
		p.fail(at, "package %s is not in the standard library, the module %s or its vendor folder", name, p.module.Path)
		p.state[name] = done
		return false
	}
	if found := p.visit(name, dir, at); found != nil && found.Name == "main" {
		p.fail(at, "import %q is a program, not an importable package", name)
		return false
	}
	return true
}

// find gives the folder of a package that is not of the standard library.
func (p *planner) find(name string) string {
	if rest, ok := strings.CutPrefix(name, guest+"/"); ok && p.bindings != "" {
		return isDir(filepath.Join(p.bindings, rest))
	}
	return p.module.find(name)
}

// hidden says whether a package of the standard library is not for programs.
func hidden(name string) bool {
	return strings.HasPrefix(name, "vendor/") || slices.Contains(strings.Split(name, "/"), "internal")
}

// mayUse keeps internal packages to those below the folder that holds them.
func mayUse(from, name string) bool {
	parts := strings.Split(name, "/")
	for at := len(parts) - 1; at >= 0; at-- {
		if parts[at] == "internal" {
			parent := strings.Join(parts[:at], "/")
			return from == parent || strings.HasPrefix(from, parent+"/") || parent == ""
		}
	}
	return true
}

// refuseC says that there is no cgo where a file of the program itself wants it; one that is only
// for cgo by its constraints has another in its place.
func (p *planner) refuseC(found *build.Package, own bool) {
	if !own {
		return
	}
	matches := func(name string) bool {
		match, err := p.context.MatchFile(found.Dir, name)
		return err == nil && match
	}
	for _, name := range found.IgnoredGoFiles {
		if !matches(name) {
			continue
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, filepath.Join(found.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, imported := range parsed.Imports {
			if imported.Path.Value == `"C"` {
				p.fail(files.Position(imported.Pos()), "import \"C\": there is no cgo here; write the package in Go")
			}
		}
	}
	foreign := slices.Concat(found.CFiles, found.CXXFiles, found.MFiles, found.FFiles, found.SwigFiles, found.SwigCXXFiles, found.SysoFiles)
	for _, name := range found.IgnoredOtherFiles {
		if end := filepath.Ext(name); (end == ".S" || end == ".sx") && matches(name) {
			foreign = append(foreign, name)
		}
	}
	for _, name := range foreign {
		file := token.Position{Filename: filepath.Join(found.Dir, name)}
		p.fail(file, "a file of cgo: there is no cgo here; write it in Go, or in Go's assembly for wasm (`.s`)")
	}
}

// in gives the paths of files in dir.
func in(dir string, names []string) []string {
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths
}

func (p *planner) unreadable(path, dir string, at token.Position, err error) {
	var list scanner.ErrorList
	var none *build.NoGoError
	var several *build.MultiplePackageError
	switch {
	case errors.As(err, &list):
		for _, one := range list {
			p.fail(one.Pos, "%s", one.Msg)
		}
	case errors.As(err, &none):
		p.fail(at, "package %s has no Go files for wasip1/wasm", path)
	case errors.As(err, &several):
		file := token.Position{Filename: filepath.Join(dir, several.Files[1])}
		p.fail(file, "package %s; expected package %s, as %s says", several.Packages[1], several.Packages[0], several.Files[0])
	default:
		p.fail(at, "%s: %v", path, err)
	}
}

func isDir(dir string) string {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return dir
	}
	return ""
}

func readStd() (map[string]bool, error) {
	text, err := os.ReadFile("/std/importcfg")
	if err != nil {
		return nil, err
	}
	std := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "packagefile "); ok {
			name, _, _ := strings.Cut(rest, "=")
			std[name] = true
		}
	}
	return std, nil
}

func main() {
	p := &planner{context: build.Default, state: map[string]int{}}
	c := &p.context
	c.GOOS, c.GOARCH, c.Compiler, c.CgoEnabled, c.GOROOT, c.GOPATH = "wasip1", "wasm", "gc", false, "", ""
	var err error
	if p.std, err = readStd(); err != nil || len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "plan ENTRY ROOT [BINDINGS]:", err)
		os.Exit(1)
	}
	entry, root := os.Args[1], os.Args[2]
	if len(os.Args) > 3 {
		p.bindings = os.Args[3]
	}
	p.module = readModule(p, entry, root)
	name := p.module.Path
	if below, err := filepath.Rel(p.module.Dir, entry); err == nil && below != "." {
		name = path.Join(name, filepath.ToSlash(below))
	}
	if found := p.visit(name, entry, token.Position{}); found != nil && found.Name != "main" {
		at := token.Position{Filename: filepath.Join(entry, found.GoFiles[0])}
		p.fail(at, "package %s; expected package main, which is the program", found.Name)
	}
	if p.wrong > 0 {
		if p.wrong > maxWrong {
			fmt.Fprintln(os.Stderr, "too many errors")
		}
		os.Exit(2)
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"packages": p.packages}); err != nil {
		os.Exit(1)
	}
}
