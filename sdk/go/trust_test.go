package trellisreserves

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPinnedTransport(t *testing.T) {
	requests := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		requests++
		answer.Write([]byte("{}"))
	}))
	defer server.Close()
	digest := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	pin := "sha256/" + base64.StdEncoding.EncodeToString(digest[:])
	other := "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	callWith := func(url string, pins ...string) error {
		client := NewClient(url, "")
		client.HTTP.Transport = PinnedTransport(pins...)
		_, err := client.GetSelf(context.Background(), GetSelfInput{})
		return err
	}
	if err := callWith(server.URL, other, pin); err != nil || requests != 1 {
		t.Fatalf("%d requests, %v", requests, err)
	}
	for url, pins := range map[string][]string{server.URL: {other}, "http://127.0.0.1:1": {pin}} {
		err := callWith(url, pins...)
		if CodeOf(err) != "TLS_PEER_UNTRUSTED" {
			t.Errorf("%s: %v", url, err)
		}
	}
	var untrusted *UntrustedError
	if err := callWith(server.URL, other); !errors.As(err, &untrusted) || untrusted.Seen != pin {
		t.Errorf("%v", err)
	}
	if err := callWith(server.URL); CodeOf(err) != "TLS_PEER_UNTRUSTED" {
		t.Errorf("no pins: %v", err)
	}
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}
