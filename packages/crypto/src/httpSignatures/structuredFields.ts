/** Bare item (RFC 8941). */
export type ParameterValue = string | number | boolean;

export interface SignatureInput {
  readonly components: readonly string[];
  readonly parameters: ReadonlyMap<string, ParameterValue>;
}

/** Example: `("@method" "@path");created=1618884473;keyid="k"`. */
export function formatSignatureInput({ components, parameters }: SignatureInput): string {
  const covered = components.map((name) => JSON.stringify(name)).join(" ");
  const rest = [...parameters].map(([name, value]) => `;${name}${formatValue(value)}`).join("");
  return `(${covered})${rest}`;
}

export function formatBytes(bytes: Uint8Array): string {
  return `:${btoa(String.fromCharCode(...bytes))}:`;
}

function formatValue(value: ParameterValue): string {
  if (value === true) return "";
  if (value === false) return "=?0";
  return typeof value === "number" ? `=${value}` : `=${JSON.stringify(value)}`;
}
