import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export type Shown = readonly [where: string, bytes: Buffer];
type Canary = readonly [what: string, bytes: Buffer];

/** UTF-8, hexadecimal, and base64 at each offset. */
export function canariesOfText(text: string): Canary[] {
  const bytes = Buffer.from(text);
  return [[text, bytes], [`hex of ${text}`, Buffer.from(bytes.toString("hex"))], ...inBase64(text, bytes)];
}

/** @param secret at least 16 bytes, so that equal bytes cannot occur by chance */
export function canariesOfKey(what: string, secret: Uint8Array): Canary[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  return [
    [what, bytes],
    [`hex of ${what}`, Buffer.from(hex)],
    [`hex of ${what}`, Buffer.from(hex.toUpperCase())],
    ...inBase64(what, bytes),
  ];
}

/** Decimal, hexadecimal, 128 bits in both byte orders, and PostgreSQL's numeric. */
export function canariesOfAmount(amount: bigint): Canary[] {
  const wide = Buffer.from(amount.toString(16).padStart(32, "0"), "hex");
  return [
    [`decimal of ${amount}`, Buffer.from(String(amount))],
    [`hex of ${amount}`, Buffer.from(amount.toString(16))],
    [`big endian of ${amount}`, wide.subarray(wide.findIndex((byte) => byte !== 0))],
    [`little endian of ${amount}`, wide.toReversed().subarray(0, -wide.findIndex((byte) => byte !== 0))],
    [`numeric of ${amount}`, numericDigits(amount)],
  ].map(([what, bytes]) => [what as string, Buffer.from(bytes as Uint8Array)]);
}

function inBase64(what: string, bytes: Buffer): Canary[] {
  return [0, 1, 2].map((offset) => {
    // Characters at both ends depend on neighbouring bytes.
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const from = offset === 0 ? 0 : offset + 1;
    return [`base64 of ${what}`, Buffer.from(text.replaceAll("=", "").slice(from, -1))];
  });
}

/** Digits in base 10,000, 16 bits each. Trailing zeros are not stored. */
function numericDigits(amount: bigint): Buffer {
  const digits: number[] = [];
  for (let rest = amount; rest > 0n; rest /= 10_000n) digits.unshift(Number(rest % 10_000n));
  return Buffer.from(
    new Uint16Array(digits.slice(0, digits.findLastIndex((digit) => digit !== 0) + 1)).buffer,
  );
}

export function filesBelow(folder: string): Shown[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path)]);
}

export function shownText(where: string, text: string): Shown {
  return [where, Buffer.from(text)];
}

export function leaksOf(shown: Iterable<Shown>, canaries: readonly Canary[]): string[] {
  return [...shown].flatMap(([where, bytes]) =>
    canaries.filter(([, canary]) => bytes.includes(canary)).map(([what]) => `${what} in ${where}`),
  );
}
