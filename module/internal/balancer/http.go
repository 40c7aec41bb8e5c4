package balancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// web speaks to a load balancer, or to the service itself, by HTTP.
type web struct{ config.HTTPDrain }

func (w web) TakeOut(ctx context.Context) error { return request(ctx, w.Out) }
func (w web) PutBack(ctx context.Context) error { return request(ctx, w.Back) }

func (w web) Takes(context.Context) (bool, error) { return true, nil }

// Open asks whether something is open; how much is not known.
func (w web) Open(ctx context.Context) (int, error) {
	if w.Until == nil {
		return 0, nil
	}
	err := request(ctx, *w.Until)
	if errors.Is(err, errOtherAnswer) {
		return 1, nil
	}
	return 0, err
}

// errOtherAnswer is of a request that was answered, and not as asked for.
var errOtherAnswer = errors.New("another answer than was asked for")

// request makes a request and demands its answer. What the errors say of it is its method, and its URL without what may be
// secret.
func request(ctx context.Context, r config.HTTPRequest) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return errors.New("the request cannot be made: its URL or method is not valid")
	}
	for name, value := range r.Headers {
		if strings.EqualFold(name, "host") {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	what := r.Method + " " + req.URL.Scheme + "://" + req.URL.Host + req.URL.Path
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy: it is the host's own
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", what, errors.Unwrap(err))
	}
	defer func() { _ = response.Body.Close() }() // it was only read from
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	switch {
	case err != nil:
		return fmt.Errorf("%s: read the answer: %w", what, err)
	case len(r.Status) == 0 && response.StatusCode/100 != 2, len(r.Status) > 0 && !slices.Contains(r.Status, response.StatusCode):
		return fmt.Errorf("%s: %w: %s", what, errOtherAnswer, response.Status)
	case !strings.Contains(string(body), r.Contains):
		return fmt.Errorf("%s: %w: the text is not in it", what, errOtherAnswer)
	}
	return nil
}

// curl is a request as a person makes it.
func curl(r config.HTTPRequest) []string {
	words := []string{"curl", "--fail", "--request", r.Method}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		words = append(words, "--header", name+": "+r.Headers[name])
	}
	if r.Body != "" {
		words = append(words, "--data", r.Body)
	}
	return append(words, r.URL)
}
