type Reviver = (key: string, value: unknown) => unknown;

/** Integers become bigints, because floats may be too small. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, exactly as Reviver);
}

/** The third argument is the source text. */
function exactly(_key: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
