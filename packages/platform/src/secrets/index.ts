export { createEnvelope, masterKeyOf } from "./createEnvelope.ts";
export { createLiveEnvelope } from "./createLiveEnvelope.ts";
export type { Envelope } from "./Envelope.ts";
export { secretsErrors } from "./errors.ts";
export { readAddress, readSecret, type SecretIo, withoutPrompt } from "./readSecret.ts";
