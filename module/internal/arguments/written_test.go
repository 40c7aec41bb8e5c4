package arguments

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/paunch"
)

var update = flag.Bool("update", false, "write the files that the table is the source of")

// written are the parts of files that come from the table: what stands between two lines of a file.
var written = []struct {
	file, after, before string // before "" = to the end of the file
	text                func() string
}{
	{"plugins/modules/paunch_step.yml", "  options:\n", "\nEXAMPLES:", moduleOptions},
	{"roles/paunch_step/meta/argument_specs.yml", marker("      "), "", roleOptions},
	{"roles/paunch_step/tasks/apply.yml", marker("    "), "  vars:\n", roleArguments},
	{"roles/paunch_step/vars/main.yml", marker(""), "", roleCompat},
}

func marker(indent string) string {
	return indent + "# Written from module/internal/arguments: go test ./module/internal/arguments -update\n"
}

// TestEveryInterfaceHasTheArgumentsOfTheTable compares the module's documentation, the role's specification and the
// role's task with the table, and with -update writes them.
func TestEveryInterfaceHasTheArgumentsOfTheTable(t *testing.T) {
	for _, w := range written {
		path := "../../../" + w.file
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, found := strings.Cut(string(text), w.after)
		if !found {
			t.Fatalf("%s has no line %q", w.file, w.after)
		}
		tail := ""
		if w.before != "" {
			i := strings.Index(rest, w.before)
			tail = rest[i:]
		}
		want := head + w.after + w.text() + tail
		if diff := cmp.Diff(want, string(text)); diff != "" && !*update {
			t.Errorf("%s is not as the table says; go test ./module/internal/arguments -update writes it (-table +file):\n%s", w.file, diff)
		}
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// moduleOptions are the options of the module's documentation.
func moduleOptions() string {
	var b strings.Builder
	for _, a := range Table() {
		fmt.Fprintf(&b, "    %s:\n", a.Name)
		paragraphs(&b, "      ", a.Doc)
		typeLines(&b, "      ", a)
		if d, ok := a.documentedDefault(); ok {
			fmt.Fprintf(&b, "      default: %s\n", scalar(d))
		}
		if len(a.Suboptions) > 0 {
			b.WriteString("      suboptions:\n")
		}
		for _, s := range a.Suboptions {
			fmt.Fprintf(&b, "        %s:\n", s.Name)
			paragraphs(&b, "          ", []string{s.Doc})
			b.WriteString("          type: str\n")
			if len(s.Choices) > 0 {
				fmt.Fprintf(&b, "          choices: [%s]\n", strings.Join(s.Choices, ", "))
			}
		}
	}
	return b.String()
}

// roleOptions are the role's variables that it passes on to the module as they are.
func roleOptions() string {
	var b strings.Builder
	for _, a := range Table() {
		if a.Role.Otherwise || a.internal() {
			continue
		}
		doc := a.Role.Doc
		if doc == "" {
			doc = a.Doc[0]
		}
		fmt.Fprintf(&b, "      %s:\n", a.Variable())
		paragraphs(&b, "        ", []string{doc})
		typeLines(&b, "        ", a)
		if a.Role.Default != nil {
			fmt.Fprintf(&b, "        default: %s\n", scalar(a.Role.Default))
		}
		for _, older := range a.Role.Older {
			if strings.HasPrefix(older, "paunch_step_") {
				fmt.Fprintf(&b, "      %s:\n", older)
				paragraphs(&b, "        ", []string{fmt.Sprintf("The name of O(%s) in older roles.", a.Variable())})
				typeLines(&b, "        ", a)
			}
		}
	}
	return b.String()
}

// roleArguments are the arguments of the role's task. One without a value is left out.
func roleArguments() string {
	var b strings.Builder
	for _, a := range Table() {
		if a.Role.Otherwise || a.internal() {
			continue
		}
		value := a.Variable()
		for _, older := range a.Role.Older {
			value += fmt.Sprintf("\n         | default(%s)", older)
		}
		if len(a.Role.Compat) > 0 {
			value += fmt.Sprintf("\n         | default(paunch_step_compat_defaults.%s%s)", a.Name, map[bool]string{true: ", true"}[a.Role.EmptyIsUnset])
		}
		switch {
		case a.Role.Default != nil:
			fmt.Fprintf(&b, "    %s: \"{{ %s }}\"\n", a.Name, value)
		case strings.Contains(value, "\n"):
			fmt.Fprintf(&b, "    %s: >-\n      {{ %s\n         | default(omit) }}\n", a.Name, value)
		default:
			fmt.Fprintf(&b, "    %s: \"{{ %s | default(omit) }}\"\n", a.Name, value)
		}
	}
	return b.String()
}

// roleCompat are the values that stand in for what is not set, by the older role.
func roleCompat() string {
	var b strings.Builder
	b.WriteString("paunch_step_compat_table:\n  none: {}\n")
	for _, compat := range []string{"tripleo", "edpm"} {
		fmt.Fprintf(&b, "  %s:\n", compat)
		for _, a := range Table() {
			if value, ok := a.Role.Compat[compat]; ok {
				fmt.Fprintf(&b, "    %s: %s\n", a.Name, value)
			}
		}
	}
	return b.String()
}

func typeLines(b *strings.Builder, indent string, a Argument) {
	name, elements := a.AnsibleType()
	fmt.Fprintf(b, "%stype: %s\n", indent, name)
	if elements != "" {
		fmt.Fprintf(b, "%selements: %s\n", indent, elements)
	}
	if len(a.Choices) > 0 {
		fmt.Fprintf(b, "%schoices: [%s]\n", indent, strings.Join(a.Choices, ", "))
	}
}

// documentedDefault returns the default that the documentation has. A switch always has one.
func (a Argument) documentedDefault() (any, bool) {
	if a.Default != nil {
		return a.Default, true
	}
	r := paunch.Defaults()
	field := reflect.ValueOf(a.In(&r)).Elem()
	if span, ok := field.Interface().(time.Duration); ok {
		return span.Seconds(), true
	}
	if field.Interface() == paunch.NoStep {
		return nil, false
	}
	return field.Interface(), field.Kind() == reflect.Bool || !field.IsZero()
}

// scalar returns a value as YAML has it.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return `""`
		}
		return v
	case []string:
		return `["` + strings.Join(v, `", "`) + `"]`
	}
	return fmt.Sprint(v)
}

// width is that of the lines of YAML.
const width = 118

// paragraphs writes a description: a text, or a list of several.
func paragraphs(b *strings.Builder, indent string, all []string) {
	fmt.Fprintf(b, "%sdescription:", indent)
	if len(all) == 1 {
		paragraph(b, indent+"  ", len(indent)+len("description:"), all[0])
		return
	}
	b.WriteString("\n")
	for _, text := range all {
		fmt.Fprintf(b, "%s  -", indent)
		paragraph(b, indent+"    ", len(indent)+len("  -"), text)
	}
}

// paragraph writes a text after column characters of a line. One that does not fit there, or would mean something else
// to YAML, is folded below.
func paragraph(b *strings.Builder, indent string, column int, text string) {
	plain := !strings.Contains(text, ": ") && !strings.Contains(text, " #") && !strings.ContainsAny(text[:1], "\"'[]{}&*!|>%@`-?:,#")
	if plain && column+1+len(text) <= width {
		fmt.Fprintf(b, " %s\n", text)
		return
	}
	b.WriteString(" >-\n")
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(indent)+len(line)+1+len(word) > width {
			fmt.Fprintf(b, "%s%s\n", indent, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	fmt.Fprintf(b, "%s%s\n", indent, line)
}
