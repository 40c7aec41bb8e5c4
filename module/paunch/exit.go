package paunch

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/redact"
)

// leave masks every text of what p points to. Whatever a caller gets of a run passes through here last: results,
// events and lists; their types need no code of their own.
func leave(m *redact.Masker, p any) { leaveValue(m, reflect.ValueOf(p)) }

func leaveValue(m *redact.Masker, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(m.Text(v.String()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				leaveValue(m, v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			leaveValue(m, v.Index(i))
		}
	case reflect.Pointer:
		leaveValue(m, v.Elem())
	case reflect.Interface:
		if err, ok := v.Interface().(error); ok && v.CanSet() {
			v.Set(reflect.ValueOf(leaveError(m, err)))
		}
	default: // numbers and truths
	}
}

// masked is an error without secrets. It is what the error was for errors.Is; what its causes say cannot be had.
type masked struct {
	text  string
	cause error
}

func (e *masked) Error() string { return e.text }

// Is reports whether the error or one of its causes is target.
func (e *masked) Is(target error) bool { return errors.Is(e.cause, target) }

// maskPanic lets a panic through without the secrets that its value may hold.
func (r *run) maskPanic() {
	if p := recover(); p != nil {
		panic(r.masker.Text(fmt.Sprint(p)))
	}
}

// leaveError masks an error; a nil error stays nil.
func leaveError(m *redact.Masker, err error) error {
	if err == nil {
		return nil
	}
	return &masked{m.Text(err.Error()), err}
}

// progress tells the caller of each operation as it begins and ends, and what it waits for; nil where nobody listens.
func (r *run) progress() func(apply.Sign) {
	if r.req.Progress == nil {
		return nil
	}
	return func(s apply.Sign) {
		r.tell(Event{
			Name: s.Name, Action: string(s.Action), Reason: s.Reason, Done: s.Done, Err: s.Err,
			Waiting: s.Waiting, Output: s.Output, Bytes: s.Bytes,
		})
	}
}

// tell gives the caller an event without secrets.
func (r *run) tell(e Event) {
	if r.req.Progress != nil {
		leave(r.masker, &e)
		r.req.Progress(e)
	}
}
