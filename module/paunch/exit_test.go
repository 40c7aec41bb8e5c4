package paunch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/redact"
)

const planted = "Zx9-Qw7Er5Ty3_Secret0"

func plantedMasker() *redact.Masker {
	return redact.NewMasker(redact.NewRules(nil), redact.Known{Found: []string{planted}})
}

// plant puts the secret into every text that a value has room for; what it does not know fails the test, so that a
// new kind of field cannot leave around the mask.
func plant(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("a " + planted + " z")
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				plant(t, v.Field(i), path+"."+f.Name)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		plant(t, v.Index(0), path+"[0]")
		plant(t, v.Index(1), path+"[1]")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		plant(t, v.Elem(), path)
	case reflect.Interface:
		v.Set(reflect.ValueOf(fmt.Errorf("at %s: %w", planted, fs.ErrNotExist)))
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint32, reflect.Float64:
	default:
		t.Fatalf("%s is a %s, which leave does not know", path, v.Kind())
	}
}

// texts returns every text of a value, exported or not.
func texts(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Struct:
		var all []string
		for i := range v.NumField() {
			all = append(all, texts(v.Field(i))...)
		}
		return all
	case reflect.Slice, reflect.Array:
		var all []string
		for i := range v.Len() {
			all = append(all, texts(v.Index(i))...)
		}
		return all
	case reflect.Pointer:
		if !v.IsNil() {
			return texts(v.Elem())
		}
	case reflect.Interface:
		if err, ok := v.Interface().(error); ok {
			return []string{err.Error(), fmt.Sprintf("%v %+v", err, err)}
		}
	}
	return nil
}

// Every type that this package gives to its callers is here, but for what Debug and Keys are asked to show.
func TestNoFieldOfATypeThatLeavesHoldsASecret(t *testing.T) {
	for _, p := range []any{&Result{}, &Event{}, &Listed{}, &ContainerMounts{}, &Audited{}, &ChangedFiles{}} {
		name := reflect.TypeOf(p).Elem().Name()
		plant(t, reflect.ValueOf(p).Elem(), name)
		if before := texts(reflect.ValueOf(p)); !strings.Contains(strings.Join(before, "\n"), planted) {
			t.Fatalf("nothing was planted in %s", name)
		}
		leave(plantedMasker(), p)
		for _, text := range texts(reflect.ValueOf(p)) {
			if strings.Contains(text, planted) || strings.Contains(text, "Qw7Er5") {
				t.Errorf("%s holds %q", name, text)
			}
		}
		if text, err := json.Marshal(p); err != nil || strings.Contains(string(text), planted) {
			t.Errorf("%s as JSON: %s, %v", name, text, err)
		}
	}
}

func TestAnEventTellsNoSecretAndStaysTestable(t *testing.T) {
	var events []Event
	r := newRun(Request{Progress: func(e Event) { events = append(events, e) }})
	r.masker = plantedMasker()
	tell := r.progress()
	tell(apply.Sign{Outcome: apply.Outcome{Name: "web", Reason: "new " + planted}, Waiting: "its end", Output: "token " + planted})
	tell(apply.Sign{Outcome: apply.Outcome{Name: "web", Err: fmt.Errorf("pull %s: %w", planted, fs.ErrPermission)}, Done: true})
	for _, e := range events {
		if text := fmt.Sprintf("%+v %v", e, e.Err); strings.Contains(text, planted) {
			t.Errorf("%s", text)
		}
	}
	if len(events) != 2 || events[0].Err != nil || !errors.Is(events[1].Err, fs.ErrPermission) || errors.Is(events[1].Err, fs.ErrExist) {
		t.Errorf("events: %+v", events)
	}
	if errors.Unwrap(events[1].Err) != nil {
		t.Error("the cause can be unwrapped, and tells the secret")
	}
	if newRun(Request{}).progress() != nil {
		t.Error("events go to nobody")
	}
}

func TestTheMessageIsMadeOfMaskedParts(t *testing.T) {
	r := newRun(Request{Step: 3})
	r.masker = plantedMasker()
	r.result.Failed, r.general = true, "systemd: "+planted
	r.result.Warnings = []string{"warned of " + planted}
	r.add(Container{Name: "web", Action: "failed", Error: "start: " + planted, Stdout: "x\npart one " + planted + "\n", Cause: planted})
	r.finish()
	text, err := json.Marshal(r.result)
	if err != nil || strings.Contains(string(text), planted) || !strings.Contains(r.result.Msg, "part one "+redact.Mask) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestAFailureWithoutARunIsMaskedByItsShape(t *testing.T) {
	for _, text := range []string{"--url mysql://u:" + planted + "@h: bad", "argument DB_PASSWORD=" + planted, `{"password": "` + planted + `"} is no object`} {
		if r := Failure(errors.New(text)); strings.Contains(r.Msg, planted) {
			t.Errorf("%q became %q", text, r.Msg)
		}
	}
}

func TestAPanicPassesWithoutItsSecrets(t *testing.T) {
	defer func() {
		if p := recover(); p == nil || strings.Contains(fmt.Sprint(p), planted) || !strings.Contains(fmt.Sprint(p), "index") {
			t.Errorf("panicked with %v", p)
		}
	}()
	r := newRun(Request{})
	r.masker = plantedMasker()
	defer r.maskPanic()
	panic(fmt.Errorf("index out of range at %s", planted))
}
