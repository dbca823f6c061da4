import { defineErrors } from "@trellis/base";

export const guardErrors = defineErrors({
  ADDRESS_REFUSED: {
    message: "client address refused",
    hint: "banned: wait for the seconds in Retry-After, and correct the client's requests; denied: ask the operator; unknown: the operator lists the proxy in --trusted-proxies, and the proxy sends X-Forwarded-For; connections: close some",
    consequence: "reject",
    facts: { reason: "string", retryAfterS: "number?" },
  },
});
