package redact

import "strings"

// shellWord is one word of a shell's command, without its quotes.
type shellWord struct {
	text    string
	expands bool // it names a variable or command whose value the shell puts there
}

// lexer takes a shell's text apart into simple commands. It need not know all of a shell: what it takes for a
// word too much hides nothing.
type lexer struct {
	commands [][]shellWord
	command  []shellWord
	word     strings.Builder
	inWord   bool
	expands  bool
}

// lex returns the simple commands of a script, each as its words.
func lex(script string) [][]shellWord {
	l := &lexer{}
	for i := 0; i < len(script); {
		i = l.take(script, i)
	}
	l.endCommand()
	return l.commands
}

// take reads what begins at i, and returns where the next begins.
func (l *lexer) take(s string, i int) int {
	switch c := s[i]; c {
	case ' ', '\t':
		l.endWord()
	case '\n', ';', '&', '|', '(', ')', '`', '<', '>':
		l.endCommand()
	case '{', '}':
		if !l.inWord {
			break // a group of commands
		}
		l.add(s[i : i+1])
	case '\'':
		return l.quoted(s, i+1)
	case '"':
		return l.doubleQuoted(s, i+1)
	case '\\':
		if i+1 < len(s) && s[i+1] != '\n' {
			l.add(s[i+1 : i+2])
		}
		return i + 2
	case '#':
		if !l.inWord {
			return lineEnd(s, i)
		}
		l.add("#")
	case '$':
		l.expands = true
		if i+1 < len(s) && s[i+1] == '{' {
			end := i + strings.IndexByte(s[i:]+"}", '}')
			l.add(s[i:min(end+1, len(s))])
			return end + 1
		}
		l.add("$")
	default:
		l.add(s[i : i+1])
	}
	return i + 1
}

func lineEnd(s string, i int) int {
	return i + strings.IndexByte(s[i:]+"\n", '\n')
}

func (l *lexer) add(s string) {
	l.word.WriteString(s)
	l.inWord = true
}

func (l *lexer) quoted(s string, i int) int {
	end := i + strings.IndexByte(s[i:]+"'", '\'')
	l.add(s[i:min(end, len(s))])
	return end + 1
}

func (l *lexer) doubleQuoted(s string, i int) int {
	l.inWord = true
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\"\\$`\n", s[i+1]) >= 0 {
			i++
		} else if s[i] == '$' || s[i] == '`' {
			l.expands = true
		}
		l.word.WriteByte(s[i])
	}
	return i + 1
}

func (l *lexer) endWord() {
	if l.inWord {
		l.command = append(l.command, shellWord{l.word.String(), l.expands})
	}
	l.word.Reset()
	l.inWord, l.expands = false, false
}

func (l *lexer) endCommand() {
	l.endWord()
	if len(l.command) > 0 {
		l.commands = append(l.commands, l.command)
	}
	l.command = nil
}
