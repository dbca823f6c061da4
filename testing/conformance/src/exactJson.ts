type Reviver = (key: string, value: unknown) => unknown;

/** JavaScript numbers would lose digits. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, exactly as Reviver);
}

function exactly(_key: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
