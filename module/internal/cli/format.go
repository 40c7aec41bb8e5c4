package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/internal/printable"
)

// The values of --output.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputYAML  = "yaml"
	outputCSV   = "csv"
	outputValue = "value"
)

var formats = []string{outputTable, outputJSON, outputYAML, outputCSV, outputValue}

// addOutput adds --output. The word text, which it took before, means table.
func addOutput(f *pflag.FlagSet, output *string) {
	*output = outputTable
	f.VarP(arguments.Choice{Field: output, Choices: formats, Aliases: map[string]string{"text": outputTable}}, "output", "o",
		"output format: "+strings.Join(formats, ", "))
}

// view is what a command shows: a value for programs, and rows for people.
type view struct {
	value   any
	columns []column
	rows    [][]string
	width   int // the longest line of a table; 0 = as the terminal has it
}

// print prints a view in one of the formats.
func (v view) print(w io.Writer, output string) error {
	switch output {
	case outputJSON:
		return printJSON(w, v.value)
	case outputYAML:
		return printYAML(w, v.value)
	case outputCSV:
		return v.printCSV(w)
	case outputValue:
		return v.printValues(w)
	}
	if v.width > 0 {
		return printTableWithin(w, v.columns, v.rows, v.width)
	}
	return printTable(w, v.columns, v.rows)
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(forPrograms(w))
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// printYAML prints what printJSON does, as YAML: the same keys in the same order.
func printYAML(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	node, err := yamlOf(decoder)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	encoder := yaml.NewEncoder(forPrograms(w))
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	return nil
}

// yamlOf reads one JSON value. A YAML parser would refuse some of the characters that JSON may hold.
func yamlOf(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{}
	switch t := token.(type) {
	case json.Delim:
		node.Kind = map[json.Delim]yaml.Kind{'{': yaml.MappingNode, '[': yaml.SequenceNode}[t]
		for d.More() {
			below, err := yamlOf(d) // in a mapping a key, then its value
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, below)
		}
		_, err = d.Token() // the closing one
	case json.Number:
		node.Kind, node.Value = yaml.ScalarNode, t.String()
	default:
		err = node.Encode(t)
	}
	return node, err
}

func (v view) printCSV(w io.Writer) error {
	header := make([]string, len(v.columns))
	for i, c := range v.columns {
		header[i] = strings.ReplaceAll(strings.ToLower(c.title), " ", "_")
	}
	c := csv.NewWriter(w)
	if err := c.WriteAll(v.withoutTableOnly(append([][]string{header}, v.rows...))); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// printValues prints the rows only, as paunch does.
func (v view) printValues(w io.Writer) error {
	for _, row := range v.withoutTableOnly(v.rows) {
		if _, err := fmt.Fprintln(w, printable.Line(strings.Join(row, " "))); err != nil {
			return fmt.Errorf("write the values: %w", err)
		}
	}
	return nil
}

func (v view) withoutTableOnly(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			if !v.columns[j].tableOnly {
				out[i] = append(out[i], cell)
			}
		}
	}
	return out
}
