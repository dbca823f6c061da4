import { defineErrors } from "@trellis/base";

export const reservesClientErrors = defineErrors({
  SERVICE_UNREACHABLE: {
    message: "service unreachable",
    hint: "check that it is running, its address (--url) and the network; then retry",
    consequence: "retry",
  },
  SERVICE_REFUSED: {
    message: "service refused the request, or its response is invalid",
    hint: "see the code and hint of the refusal: `trellis error CODE` explains them; for a failed job, see the job's output; for an invalid response, check the address, and use the same version on both sides",
    consequence: "reject",
  },
});
