package quadlet

import (
	"fmt"
	"strings"
)

// resolve replaces what systemd would replace in a word: %% and the specifiers that name the unit. The problem says
// which other specifier, or variable, cannot be known here.
func resolve(word, service string) (text, problem string) {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		if word[i] != '%' || i+1 == len(word) {
			b.WriteByte(word[i])
			continue
		}
		i++
		switch word[i] {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteString(service + ".service")
		case 'N', 'p':
			b.WriteString(service)
		default:
			return word, fmt.Sprintf("the specifier %%%c is only known to systemd: write the value itself, or %%%% for a percent sign", word[i])
		}
	}
	return b.String(), ""
}

// argument is resolve for a word of a command line, in which systemd also replaces variables.
func argument(word, service string) (text, problem string) {
	if text, problem = resolve(word, service); problem != "" {
		return text, problem
	}
	if name, found := strings.CutPrefix(text, "$"); found && isVariable(name) {
		return text, fmt.Sprintf("systemd would replace $%s by a variable of the unit: write the value itself, or $$%s for the container's own", name, name)
	}
	rest := strings.ReplaceAll(text, "$$", "\x00")
	if _, name, found := strings.Cut(rest, "${"); found {
		name, _, closed := strings.Cut(name, "}")
		if closed && isVariable(name) {
			return text, fmt.Sprintf("systemd would replace ${%s} by a variable of the unit: write the value itself, or $${%s} for the container's own", name, name)
		}
	}
	return strings.ReplaceAll(rest, "\x00", "$"), ""
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
