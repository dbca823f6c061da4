const REDACTED = "[redacted]";

/** Matched against fact names reduced to lower-case letters. */
const SECRET_ENDINGS = [
  "password",
  "passphrase",
  "mnemonic",
  "seedphrase",
  "secret",
  "credentials",
  "privatekey",
  "secretkey",
  "apikey",
  "accesstoken",
  "authtoken",
  "bearertoken",
  "refreshtoken",
  "sessiontoken",
  "authorization",
  "cookie",
];

export function redacted(name: string, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (isSecretName(name)) return REDACTED;
  if (typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, part]) => [inner, redacted(inner, part)]));
}

function isSecretName(name: string): boolean {
  const letters = name.replaceAll(/[^a-z]/gi, "").toLowerCase();
  return SECRET_ENDINGS.some((ending) => letters.endsWith(ending));
}
