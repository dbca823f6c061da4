package trellisreserves

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"
)

const untrustedCode = "TLS_PEER_UNTRUSTED"

// UntrustedError refuses a server before a request is sent.
type UntrustedError struct {
	Host, Reason string
	// Seen is the pin of the server's key, if the reason is another key.
	Seen string
}

func (err *UntrustedError) Error() string {
	if err.Seen == "" {
		return fmt.Sprintf("%s: %s (%s)", untrustedCode, err.Reason, err.Host)
	}
	return fmt.Sprintf("%s: %s (%s), seen %s", untrustedCode, err.Reason, err.Host, err.Seen)
}

// PinnedTransport connects only to servers with one of these public keys, instead of those of an authority. A pin
// is sha256/BASE64 of the SubjectPublicKeyInfo (RFC 7469). Several pins allow the replacement of a key.
func PinnedTransport(pins ...string) http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{
		MinVersion: tls.VersionTLS12,
		// VerifyConnection checks the key and the dates instead.
		InsecureSkipVerify: true,
		VerifyConnection:   func(state tls.ConnectionState) error { return requirePin(state, pins) },
	}
	return pinnedTransport{transport}
}

type pinnedTransport struct{ base *http.Transport }

func (transport pinnedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" {
		return nil, &UntrustedError{Host: request.URL.Hostname(), Reason: "not an https:// address"}
	}
	return transport.base.RoundTrip(request)
}

func requirePin(state tls.ConnectionState, pins []string) error {
	certificate := state.PeerCertificates[0]
	now := time.Now()
	if now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
		return &UntrustedError{Host: state.ServerName, Reason: "expired"}
	}
	digest := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	seen := "sha256/" + base64.StdEncoding.EncodeToString(digest[:])
	for _, pin := range pins {
		if pin == seen {
			return nil
		}
	}
	return &UntrustedError{Host: state.ServerName, Reason: "other key", Seen: seen}
}
