export { createEnvelope } from "./createEnvelope.ts";
export type { Envelope } from "./Envelope.ts";
export { secretsErrors } from "./errors.ts";
