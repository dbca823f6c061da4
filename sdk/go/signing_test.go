package trellisreserves

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseRequestKeyRefusesOtherKeys(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"short secret": strings.Repeat("s", 31),
		"P-384":        pemOf(t, "PRIVATE KEY", p384),
		"RSA":          pemOf(t, "PRIVATE KEY", rsaKey),
		"other label":  pemOf(t, "EC PRIVATE KEY", p384),
		"no PEM":       "-----BEGIN PRIVATE KEY-----",
	} {
		if _, err := ParseRequestKey(text); !errors.Is(err, ErrKeyInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSigningTransportFollowsNoRedirect(t *testing.T) {
	paths := []string{}
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		paths = append(paths, request.URL.Path)
		http.Redirect(answer, request, "/other", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	key, err := ParseRequestKey(strings.Repeat("s", 32))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: SigningTransport("billing/1", key, nil)}
	_, err = client.Post(server.URL+"/one", "application/json", strings.NewReader("{}"))
	if !errors.Is(err, ErrRedirected) || len(paths) != 1 {
		t.Errorf("%v: %v", paths, err)
	}
}

func pemOf(t *testing.T, label string, key crypto.Signer) string {
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: encoded}))
}
