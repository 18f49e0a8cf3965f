// Reads a page as text.
package main

import (
	"fmt"

	"guest/tool"
	browse "guest/workbooks_engine_browse"
)

func init() {
	tool.Add("read", "Reads a page.", "{}", func(url string) (string, error) {
		page, err := browse.Fetch(url, browse.FormatText).Get()
		return fmt.Sprintf("%s: %q %v", page.Title, page.Body, page.Links), err
	})
}

func main() {}
