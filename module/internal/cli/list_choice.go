package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// listChoice are the options with which the Python paunch lets one choose what of a list is shown, and how.
type listChoice struct {
	columns, sortBy []string
	descending      bool
	width           int
}

func (c *listChoice) addFlags(f *pflag.FlagSet) {
	f.StringArrayVarP(&c.columns, "column", "c", nil, "show only this column, repeatable, of table, csv and value")
	f.StringArrayVar(&c.sortBy, "sort-column", nil, "sort by this column, repeatable, in table, csv and value")
	f.BoolVar(&c.descending, "sort-descending", false, "sort the other way round")
	f.IntVar(&c.width, "max-width", 0, "longest line of a table in characters (default the terminal's width)")
	quote := "minimal"
	enumVar(f, &quote, "quote", "which values csv quotes, for scripts of the Python paunch", "minimal")
}

// check reports names of columns that do not exist, and choices that the format cannot show.
func (c *listChoice) check(output string) error {
	known := make([]string, len(listColumns))
	for i, column := range listColumns {
		known[i] = column.title
	}
	for flag, names := range map[string][]string{"column": c.columns, "sort-column": c.sortBy} {
		for _, name := range names {
			if !slices.Contains(known, strings.ToLower(name)) {
				return usageError{fmt.Errorf("invalid argument %q for \"--%s\" flag: must be one of %s", name, flag, strings.Join(known, ", "))}
			}
		}
		if len(names) > 0 && (output == outputJSON || output == outputYAML) {
			return usageError{fmt.Errorf("--%s is for table, csv and value; %s has all keys", flag, output)}
		}
	}
	if c.width < 0 {
		return usageError{fmt.Errorf("invalid argument \"%d\" for \"--max-width\" flag: must be 0 or more", c.width)}
	}
	return nil
}

// of returns what of a view is to be shown.
func (c *listChoice) of(v view) view {
	v.width = c.width
	at := func(name string) int {
		return slices.IndexFunc(v.columns, func(col column) bool { return strings.EqualFold(col.title, name) })
	}
	slices.SortStableFunc(v.rows, func(a, b []string) int {
		for _, name := range c.sortBy {
			if order := cmp.Compare(a[at(name)], b[at(name)]); order != 0 {
				return order
			}
		}
		return 0
	})
	if c.descending {
		slices.Reverse(v.rows)
	}
	if len(c.columns) == 0 {
		return v
	}
	shown := view{value: v.value, width: v.width, rows: make([][]string, len(v.rows))}
	for _, name := range c.columns {
		i := at(name)
		one := v.columns[i]
		one.tableOnly = false // it was asked for
		shown.columns = append(shown.columns, one)
		for r, row := range v.rows {
			shown.rows[r] = append(shown.rows[r], row[i])
		}
	}
	return shown
}
