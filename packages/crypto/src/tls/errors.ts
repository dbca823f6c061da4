import { defineErrors } from "@trellis/base";

export const tlsErrors = defineErrors({
  TLS_PEER_UNTRUSTED: {
    message: "server's certificate or key not trusted",
    hint: "other key: confirm `seen` with the server's operator, then add it to the pins; unknown authority: pass its certificate with --ca-file; other name: use a name in the certificate; expired: renew it; nothing was sent",
    consequence: "reject",
    facts: { host: "string", reason: "string", seen: "string?", validTo: "string?" },
  },
});
