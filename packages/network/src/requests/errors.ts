import { defineErrors } from "@trellis/base";

export const requestErrors = defineErrors({
  PEER_OVER_LIMIT: {
    message: "the peer asks for more than its share",
    hint: "ask less often, or for less",
    consequence: "retry",
  },
  PROTOCOL_UNKNOWN: {
    message: "nothing here answers requests of that protocol",
    hint: "check the versions of both nodes",
    consequence: "reject",
  },
});
