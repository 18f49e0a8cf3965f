// The workbook's files: by the functions of Go, by offset, and by SQL.
package main

import (
	"fmt"
	"os"
	"strings"

	"guest/tool"
	"guest/wit/types"
	vfs "guest/workbooks_engine_vfs"
)

func init() {
	tool.Add("note", "Adds a line.", "{}", note)
	tool.Add("read", "Reads a file.", "{}", read)
	tool.Add("sizes", "Lists the files.", "{}", sizes)
}

func note(line string) (string, error) {
	file, err := os.OpenFile("/workspace/notes.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, err = fmt.Fprintln(file, line)
	return "noted", err
}

func read(name string) (string, error) {
	content, err := vfs.Read(vfs.VolumeWorkspace, name, 0, 65536).Get()
	return string(content), err
}

func sizes(string) (string, error) {
	listed, err := vfs.Entries(vfs.VolumeWorkspace, "", types.None[string](), 100).Get()
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, entry := range listed.F0 {
		fmt.Fprintf(&all, "%s is a file: %t\n", entry.Path, entry.Kind == vfs.KindFile)
	}
	larger := []vfs.Value{vfs.MakeValueInteger(1)}
	found, err := vfs.Query("select path, size from files where size > ?", larger).Get()
	for _, row := range found.Rows {
		fmt.Fprintf(&all, "%s: %d bytes\n", row[0].Text(), row[1].Integer())
	}
	return all.String(), err
}

func main() {}
