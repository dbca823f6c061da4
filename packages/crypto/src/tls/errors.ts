import { defineErrors } from "@trellis/base";

export const tlsErrors = defineErrors({
  TLS_PEER_UNTRUSTED: {
    message: "server's certificate or key not trusted",
    hint: "other key: compare `seen` with the server's operator, then add it to the pins; unknown authority: give its certificate (--ca-file); other name: use a name that the certificate has; expired: renew it; nothing was sent",
    consequence: "reject",
    facts: { host: "string", reason: "string", seen: "string?", validTo: "string?" },
  },
});
