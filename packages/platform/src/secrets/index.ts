export { createEnvelope, masterKeyOf } from "./createEnvelope.ts";
export type { Envelope } from "./Envelope.ts";
export { secretsErrors } from "./errors.ts";
export { readAddress, readSecret } from "./readSecret.ts";
export { resolveSecret } from "./resolveSecret.ts";
export { openSecrets, sealSecrets } from "./sealedFile.ts";
