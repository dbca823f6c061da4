package trellisreserves

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"time"
)

const secretBytesMin = 32

// ErrKeyInvalid is the error of ParseRequestKey and NewRequestKey.
var ErrKeyInvalid = errors.New(
	"CRYPTO_KEY_INVALID: expected PKCS #8 in PEM of an Ed25519 or P-256 key, or a secret of 32 bytes or more")

// ErrRedirected is the error of a SigningTransport for a redirect.
var ErrRedirected = errors.New("signed requests do not follow redirects")

// RequestKey signs the signature base of a request (RFC 9421).
type RequestKey func(base []byte) ([]byte, error)

// ParseRequestKey takes an Ed25519 or P-256 key (PKCS #8 in PEM), or an HMAC secret of 32 bytes or more.
func ParseRequestKey(text string) (RequestKey, error) {
	if !strings.Contains(text, "-----BEGIN") {
		return secretKey([]byte(text))
	}
	block, _ := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, ErrKeyInvalid
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, ErrKeyInvalid
	}
	signer, isSigner := key.(crypto.Signer)
	if !isSigner {
		return nil, ErrKeyInvalid
	}
	return NewRequestKey(signer)
}

// NewRequestKey takes an Ed25519 or P-256 key, which may be in hardware.
func NewRequestKey(signer crypto.Signer) (RequestKey, error) {
	switch public := signer.Public().(type) {
	case ed25519.PublicKey:
		return func(base []byte) ([]byte, error) { return signer.Sign(rand.Reader, base, crypto.Hash(0)) }, nil
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			return func(base []byte) ([]byte, error) { return signP256(signer, base) }, nil
		}
	}
	return nil, ErrKeyInvalid
}

func secretKey(secret []byte) (RequestKey, error) {
	if len(secret) < secretBytesMin {
		return nil, ErrKeyInvalid
	}
	return func(base []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		mac.Write(base)
		return mac.Sum(nil), nil
	}, nil
}

// signP256 returns r and s of 32 bytes each. crypto.Signer returns them in ASN.1.
func signP256(signer crypto.Signer, base []byte) ([]byte, error) {
	digest := sha256.Sum256(base)
	encoded, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var signature struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(encoded, &signature); err != nil {
		return nil, err
	}
	joined := make([]byte, 64)
	signature.R.FillBytes(joined[:32])
	signature.S.FillBytes(joined[32:])
	return joined, nil
}

type signingTransport struct {
	keyID string
	key   RequestKey
	base  http.RoundTripper
}

// SigningTransport signs each request, and each retry again, instead of a token. keyID is the key's id in the
// service's setting serviceKeys. A nil base is http.DefaultTransport. It does not follow redirects: their target
// could be a change at another service that knows the key.
func SigningTransport(keyID string, key RequestKey, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return signingTransport{keyID, key, base}
}

// RoundTrip sends a copy, because a RoundTripper must not change its request.
func (transport signingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Response != nil {
		if request.Body != nil {
			request.Body.Close()
		}
		return nil, ErrRedirected
	}
	body, err := readBody(request)
	if err != nil {
		return nil, err
	}
	signed := request.Clone(request.Context())
	if body != nil {
		signed.Body = io.NopCloser(bytes.NewReader(body))
		signed.ContentLength = int64(len(body))
		// Otherwise http.Transport could send the same nonce again, which the service refuses.
		signed.GetBody = nil
	}
	if err := transport.sign(signed, body); err != nil {
		return nil, err
	}
	return transport.base.RoundTrip(signed)
}

func (transport signingTransport) sign(request *http.Request, body []byte) error {
	covered := coveredComponents(request)
	if body != nil {
		digest := sha256.Sum256(body)
		field := "sha-256=" + byteSequence(digest[:])
		request.Header.Set("Content-Digest", field)
		covered = append(covered, component{"content-digest", field})
	}
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	var names, lines []string
	for _, one := range covered {
		names = append(names, fmt.Sprintf(`"%s"`, one.name))
		lines = append(lines, fmt.Sprintf(`"%s": %s`, one.name, one.value))
	}
	terms := fmt.Sprintf(`(%s);created=%d;nonce="%s";keyid="%s"`,
		strings.Join(names, " "), time.Now().Unix(), hex.EncodeToString(nonce), transport.keyID)
	lines = append(lines, `"@signature-params": `+terms)
	signature, err := transport.key([]byte(strings.Join(lines, "\n")))
	if err != nil {
		return err
	}
	request.Header.Set("Signature-Input", "trellis="+terms)
	request.Header.Set("Signature", "trellis="+byteSequence(signature))
	return nil
}

type component struct{ name, value string }

func coveredComponents(request *http.Request) []component {
	authority := request.Host
	if authority == "" {
		authority = request.URL.Host
	}
	path, query, _ := strings.Cut(request.URL.RequestURI(), "?")
	return []component{
		{"@method", request.Method},
		{"@authority", strings.ToLower(authority)},
		{"@path", path},
		{"@query", "?" + query},
	}
}

// readBody returns nil without a body.
func readBody(request *http.Request) ([]byte, error) {
	if request.Body == nil || request.Body == http.NoBody {
		return nil, nil
	}
	defer request.Body.Close()
	return io.ReadAll(request.Body)
}

func byteSequence(value []byte) string {
	return ":" + base64.StdEncoding.EncodeToString(value) + ":"
}
