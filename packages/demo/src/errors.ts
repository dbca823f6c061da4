import { defineErrors } from "@trellis/base";

export const demoErrors = defineErrors({
  DEMO_ENDED: {
    message: "the demo custodian does not run",
    hint: "its log says why; --no-reserves and --arbitrage off start the devnet without it, --reset begins again",
    consequence: "fatal",
  },
});
