import { baseErrors, bytesToBigint, bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import { checksumAddress, keccak256Hex } from "@trellis/crypto";

/** Where Solidity's `console.log` sends its calls: "console.log" in ASCII. */
export const CONSOLE_ADDRESS = "0x000000000000000000636f6e736f6c652e6c6f67";

const WORD = 32;
const TEXT_MAX = 1_000;
const LOG_TYPES = ["uint256", "string", "bool", "address"] as const;

type AbiType = "uint256" | "int256" | "string" | "bool" | "address" | "bytes" | `bytes${number}`;

interface Layout {
  readonly types: readonly AbiType[];
}

/** Undefined if the input is not a call of Hardhat's or Foundry's console library. */
export function consoleText(input: string): string | undefined {
  const types = layouts().get(input.slice(0, 10))?.types;
  if (types === undefined) return undefined;
  const data = hexToBytes(`0x${input.slice(10)}`);
  try {
    return shown(format(types.map((type, index) => ({ type, value: decode(type, data, index * WORD) }))));
  } catch (error) {
    if (isTrellisError(error, "ARGUMENT_INVALID")) return undefined;
    throw error;
  }
}

let known: ReadonlyMap<string, Layout> | undefined;

/** By selector. Computed at the first use. */
function layouts(): ReadonlyMap<string, Layout> {
  known ??= new Map(
    signatures().map(([name, types]) => [selectorOf(`${name}(${types.join(",")})`), { types }] as const),
  );
  return known;
}

function selectorOf(signature: string): string {
  return keccak256Hex(new TextEncoder().encode(signature)).slice(0, 10);
}

function signatures(): [name: string, types: AbiType[]][] {
  let lists: AbiType[][] = [[]];
  const all: [string, AbiType[]][] = [["log", []]];
  for (let length = 1; length <= 4; length++) {
    lists = lists.flatMap((list) => LOG_TYPES.map((type) => [...list, type]));
    all.push(...lists.map((list): [string, AbiType[]] => ["log", list]));
  }
  const fixed = Array.from({ length: WORD }, (_, index) => index + 1);
  return [
    ...all,
    ["log", ["int256"]],
    ["log", ["string", "int256"]],
    ["logInt", ["int256"]],
    ["logUint", ["uint256"]],
    ["logString", ["string"]],
    ["logBool", ["bool"]],
    ["logAddress", ["address"]],
    ["logBytes", ["bytes"]],
    ...fixed.map((size): [string, AbiType[]] => [`logBytes${size}`, [`bytes${size}`]]),
  ];
}

interface Argument {
  readonly type: AbiType;
  readonly value: string;
}

/** @throws ARGUMENT_INVALID if the data is too short */
function decode(type: AbiType, data: Uint8Array, at: number): string {
  const word = slice(data, at, WORD);
  switch (type) {
    case "uint256":
      return `${bytesToBigint(word)}`;
    case "int256":
      return `${BigInt.asIntN(256, bytesToBigint(word))}`;
    case "bool":
      return bytesToBigint(word) === 0n ? "false" : "true";
    case "address":
      return checksumAddress(word.subarray(12));
    case "string":
      return new TextDecoder().decode(dynamic(data, word));
    case "bytes":
      return bytesToHex(dynamic(data, word));
    default:
      return bytesToHex(word.subarray(0, Number(type.slice("bytes".length))));
  }
}

function dynamic(data: Uint8Array, offset: Uint8Array): Uint8Array {
  const at = positionOf(offset, data);
  const length = positionOf(slice(data, at, WORD), data);
  return slice(data, at + WORD, length);
}

function positionOf(word: Uint8Array, { length }: Uint8Array): number {
  const position = bytesToBigint(word);
  if (position > BigInt(length)) throw baseErrors.ARGUMENT_INVALID({ rule: "within the data" });
  return Number(position);
}

function slice(data: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length > data.length) throw baseErrors.ARGUMENT_INVALID({ rule: "within the data" });
  return data.subarray(at, at + length);
}

/** `%s`, `%d` and `%i` in a first string take arguments, as in Node's `util.format`. */
function format([first, ...rest]: readonly Argument[]): string {
  if (first === undefined) return "";
  if (first.type !== "string") return [first, ...rest].map(({ value }) => value).join(" ");
  let next = 0;
  const text = first.value.replace(/%[sdi%]/g, (mark) => {
    if (mark === "%%") return "%";
    return rest[next] === undefined ? mark : rest[next++]!.value;
  });
  return [text, ...rest.slice(next).map(({ value }) => value)].join(" ");
}

/** Without escape sequences, which could control the terminal. */
function shown(text: string): string {
  const cut = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
  return cut.replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, "�");
}
