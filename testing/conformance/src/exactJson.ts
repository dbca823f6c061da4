type Reviver = (key: string, value: unknown) => unknown;

/** JSON whose integers may be larger than a float holds: every integer becomes a bigint. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, exactly as Reviver);
}

/** Runtimes hand a third argument over: how the value was written. */
function exactly(_key: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
