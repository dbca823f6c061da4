export { createEnvelope, masterKeyOf } from "./createEnvelope.ts";
export type { Envelope } from "./Envelope.ts";
export { secretsErrors } from "./errors.ts";
export { readSecret, type SecretSources } from "./readSecret.ts";
export { openSecrets, sealSecrets } from "./sealedFile.ts";
