import { defineErrors } from "@trellis/base";

export const reservesClientErrors = defineErrors({
  SERVICE_UNREACHABLE: {
    message: "the service does not answer",
    hint: "check its address (--url), that it runs, and the network; then try again",
    consequence: "retry",
  },
  SERVICE_REFUSED: {
    message: "the service refused",
    hint: "see the refusal's own code and hint; docs/api/errors.md explains the code",
    consequence: "reject",
  },
  SNAPSHOT_NOT_TAKEN: {
    message: "the snapshot's job has ended without a snapshot",
    hint: "look at the job's output",
    consequence: "reject",
  },
  SERVICE_ANSWER_INVALID: {
    message: "the service's answer is not what its document says",
    hint: "check that the address is the service's own, and that both have the same version",
    consequence: "reject",
  },
});
