package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// errFinal marks a finding that trying another parser would only hide.
var errFinal = errors.New("final")

type finalError struct{ *syntaxError }

func (finalError) Is(target error) bool { return target == errFinal }

func (e finalError) Unwrap() error { return e.syntaxError }

// jsonParser walks the tokens itself: the standard decoder silently keeps the last of two equal keys,
// and loses the order.
type jsonParser struct {
	data []byte
	dec  *json.Decoder
}

func parseJSON(data []byte) (any, error) {
	p := &jsonParser{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &syntaxError{Line: p.line(), Text: "more text follows the end of the JSON document"}
	}
	return v, nil
}

func (p *jsonParser) line() int { return lineAt(p.data, int(p.dec.InputOffset())) }

func (p *jsonParser) token() (json.Token, error) {
	t, err := p.dec.Token()
	if err == nil {
		return t, nil
	}
	var syn *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &syntaxError{Line: lineAt(p.data, len(p.data)), Text: "the JSON document ends in the middle"}
	case errors.As(err, &syn):
		return nil, &syntaxError{Line: lineAt(p.data, int(syn.Offset)), Text: "not valid JSON: " + syn.Error()}
	}
	return nil, &syntaxError{Line: p.line(), Text: fmt.Sprintf("not valid JSON: %v", err)}
}

func (p *jsonParser) value(depth int) (any, error) {
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth >= maxDepth {
		return nil, finalError{&syntaxError{Line: p.line(), Text: fmt.Sprintf("is nested deeper than %d levels", maxDepth)}}
	}
	if delim == '{' {
		return p.object(depth + 1)
	}
	return p.list(depth + 1)
}

func (p *jsonParser) object(depth int) (any, error) {
	o := newObject()
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		key, ok := t.(string)
		if !ok {
			return nil, &syntaxError{Line: p.line(), Text: "not valid JSON: a key must be a string"}
		}
		line := p.line()
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		if err := o.set(key, v, line); err != nil {
			var syn *syntaxError
			errors.As(err, &syn)
			return nil, finalError{syn}
		}
	}
	_, err := p.token()
	return o, err
}

func (p *jsonParser) list(depth int) (any, error) {
	l := []any{}
	for p.dec.More() {
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := p.token()
	return l, err
}
