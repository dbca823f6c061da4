package trellisreserves

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Client is one service, as one caller. It is safe for concurrent use.
type Client struct {
	// URL is https://reserves.example, without a path.
	URL string
	// Token is an API key (trk_…) or a token of the service's identity provider; empty with signed requests, and for
	// what is everyone's.
	Token string
	// HTTP sends the requests. Default: with a timeout, and without redirects. Its Transport may be a SigningTransport
	// or a PinnedTransport.
	HTTP *http.Client
	// Retries is how often a read, or a write with an idempotency key, is sent again after 429, 503 or a lost connection.
	Retries int
}

// NewClient makes a client with two retries.
func NewClient(url string, token string) *Client {
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{
		URL: strings.TrimRight(url, "/"), Token: token, Retries: 2,
		HTTP: &http.Client{Timeout: 30 * time.Second, CheckRedirect: refuse},
	}
}

// Error is a problem (RFC 9457). Code is what programs decide by.
type Error struct {
	HTTPStatus int
	Problem    Problem
}

func (err *Error) Error() string {
	return fmt.Sprintf("%s: %s (%d)", err.Problem.Code, err.Problem.Detail, err.HTTPStatus)
}

// CodeOf is the code of a refused call or an untrusted server, or empty.
func CodeOf(err error) string {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Problem.Code
	}
	var untrusted *UntrustedError
	if errors.As(err, &untrusted) {
		return untrustedCode
	}
	return ""
}

type pair struct {
	name  string
	value any
}

type request struct {
	method, path   string
	inPath         []pair
	inQuery        []pair
	body           any
	ifMatch        string
	takesKey       bool
	idempotencyKey string
}

func (client *Client) call(ctx context.Context, call request, answer any) error {
	target := client.URL + targetOf(call)
	var body []byte
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return err
		}
		body = encoded
	}
	if call.takesKey && call.idempotencyKey == "" {
		random := make([]byte, 16)
		if _, err := rand.Read(random); err != nil {
			return err
		}
		call.idempotencyKey = hex.EncodeToString(random)
	}
	attempts := 1
	if call.method == http.MethodGet || call.takesKey {
		attempts += client.Retries
	}
	for attempt := 1; ; attempt++ {
		pause, err := client.send(ctx, call, target, body, answer)
		if err == nil || pause == 0 || attempt >= attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// send returns how long to wait where another try may help, and 0 where it may not.
func (client *Client) send(ctx context.Context, call request, target string, body []byte, answer any) (time.Duration, error) {
	sent, err := http.NewRequestWithContext(ctx, call.method, target, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body == nil {
		sent.Body = nil
		sent.ContentLength = 0
	} else {
		sent.Header.Set("Content-Type", "application/json")
	}
	_, isBytes := answer.(*[]byte)
	if !isBytes {
		sent.Header.Set("Accept", "application/json")
	}
	for name, value := range map[string]string{"If-Match": call.ifMatch, "Idempotency-Key": call.idempotencyKey} {
		if value != "" {
			sent.Header.Set(name, value)
		}
	}
	if client.Token != "" {
		sent.Header.Set("Authorization", "Bearer "+client.Token)
	}
	transport := client.HTTP
	if transport == nil {
		transport = NewClient("", "").HTTP
	}
	response, err := transport.Do(sent)
	if CodeOf(err) == untrustedCode {
		return 0, err
	}
	if err != nil {
		return 400 * time.Millisecond, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return 400 * time.Millisecond, err
	}
	if response.StatusCode >= 300 {
		refused := &Error{HTTPStatus: response.StatusCode}
		_ = json.Unmarshal(content, &refused.Problem)
		return pauseOf(response), refused
	}
	if raw, ok := answer.(*[]byte); ok {
		*raw = content
		return 0, nil
	}
	if len(content) == 0 {
		return 0, nil
	}
	return 0, json.Unmarshal(content, answer)
}

func pauseOf(response *http.Response) time.Duration {
	if response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return 400 * time.Millisecond
	}
	if seconds > 60 {
		seconds = 60
	}
	return time.Duration(seconds) * time.Second
}

func targetOf(call request) string {
	path := call.path
	for _, given := range call.inPath {
		path = strings.ReplaceAll(path, "{"+given.name+"}", url.PathEscape(fmt.Sprint(given.value)))
	}
	query := url.Values{}
	for _, given := range call.inQuery {
		value := reflect.ValueOf(given.value)
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				continue
			}
			value = value.Elem()
		}
		query.Set(given.name, fmt.Sprint(value.Interface()))
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
