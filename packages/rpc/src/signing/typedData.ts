import { bigintToBytes, concatBytes, hexToBytes, isHex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { asObject, type Decoder, fieldOf, type JsonObject, malformed } from "../decoding/Decoder.ts";
import { scanJson } from "../decoding/scanJson.ts";
import { DEFAULT_RPC_LIMITS } from "../options.ts";

interface Member {
  readonly name: string;
  readonly type: string;
}

type Types = ReadonlyMap<string, readonly Member[]>;

const typeHashes = new WeakMap<Types, Map<string, Uint8Array>>();

interface TypedData {
  readonly hash: Uint8Array;
}

const DOMAIN = "EIP712Domain";
const DEPTH_MAX = 32;
/** A type's encoding can contain all other types. */
const TYPES_MAX = 256;
const NAME_LENGTH_MAX = 256;
const TYPES_LENGTH_MAX = 65_536;

/** EIP-712. */
export const typedData: Decoder<TypedData> = {
  schema: {
    type: "object",
    properties: { types: {}, primaryType: { type: "string" }, domain: {}, message: {} },
  },
  decode(value) {
    const data = asObject(typeof value === "string" ? parseJson(value) : value, "typed data");
    const types = typesOf(asObject(fieldOf(data, "types"), "types"));
    const primaryType = fieldOf(data, "primaryType");
    if (typeof primaryType !== "string") malformed("primaryType is undefined");
    const domain = hashStruct(types, DOMAIN, asObject(fieldOf(data, "domain") ?? {}, "domain"), 0);
    const prefix = Uint8Array.of(0x19, 0x01);
    if (primaryType === DOMAIN) return { hash: keccak256(concatBytes(prefix, domain)) };
    const message = hashStruct(types, primaryType, asObject(fieldOf(data, "message"), "message"), 0);
    return { hash: keccak256(concatBytes(prefix, domain, message)) };
  },
};

function parseJson(json: string): unknown {
  try {
    scanJson(Buffer.from(json), DEFAULT_RPC_LIMITS);
    return JSON.parse(json);
  } catch {
    return malformed("typed data is not JSON, or larger than a message may be");
  }
}

function typesOf(object: JsonObject): Types {
  const entries = Object.entries(object);
  if (entries.length > TYPES_MAX) malformed(`more than ${TYPES_MAX} types`);
  const types = new Map(
    entries.map(([name, members]) => {
      if (!Array.isArray(members))
        malformed(`type ${name.slice(0, NAME_LENGTH_MAX)} is not a list of members`);
      return [name, members.map(memberOf)];
    }),
  );
  checkNames(
    [...types].flatMap(([name, members]) => [name, ...members.flatMap((member) => Object.values(member))]),
  );
  return types;
}

function checkNames(names: readonly string[]): void {
  if (names.some(({ length }) => length > NAME_LENGTH_MAX)) {
    malformed(`a name of a type or member has more than ${NAME_LENGTH_MAX} characters`);
  }
  const length = names.reduce((sum, name) => sum + name.length, 0);
  if (length > TYPES_LENGTH_MAX) malformed(`the types have more than ${TYPES_LENGTH_MAX} characters`);
}

function memberOf(value: unknown): Member {
  const { name, type } = asObject(value, "member");
  if (typeof name !== "string" || typeof type !== "string") malformed("a member needs a name and a type");
  return { name, type };
}

function hashStruct(types: Types, name: string, value: JsonObject, depth: number): Uint8Array {
  if (depth > DEPTH_MAX) malformed("typed data is nested too deeply");
  const members = types.get(name) ?? malformed(`type ${name} is not defined`);
  const words = members.map(({ name: field, type }) =>
    encodeValue(types, type, fieldOf(value, field), depth),
  );
  return keccak256(concatBytes(typeHashOf(types, name), ...words));
}

function typeHashOf(types: Types, name: string): Uint8Array {
  const hashes = typeHashes.get(types) ?? new Map<string, Uint8Array>();
  typeHashes.set(types, hashes);
  const hash = hashes.get(name) ?? keccak256(Buffer.from(encodeType(types, name), "utf8"));
  hashes.set(name, hash);
  return hash;
}

/** Sorts referenced types: `Mail(Person from,Person to)Person(address wallet)`. */
function encodeType(types: Types, primary: string): string {
  const used = new Set<string>();
  const visit = (name: string): void => {
    const base = name.replace(/(\[\d*\])+$/, "");
    if (used.has(base) || !types.has(base)) return;
    used.add(base);
    for (const { type } of types.get(base)!) visit(type);
  };
  visit(primary);
  used.delete(primary);
  return [primary, ...[...used].sort()].map((name) => signatureOf(types, name)).join("");
}

function signatureOf(types: Types, name: string): string {
  return `${name}(${types
    .get(name)!
    .map((member) => `${member.type} ${member.name}`)
    .join(",")})`;
}

/** Returns 32 bytes: structs, arrays, strings and bytes are hashed. */
function encodeValue(types: Types, type: string, value: unknown, depth: number): Uint8Array {
  const array = /^(.*)\[(\d*)\]$/.exec(type);
  if (array !== null) return encodeArray(types, array[1]!, array[2]!, value, depth);
  if (types.has(type)) {
    return value === undefined
      ? new Uint8Array(32)
      : hashStruct(types, type, asObject(value, type), depth + 1);
  }
  return encodeAtom(type, value);
}

function encodeArray(types: Types, item: string, size: string, value: unknown, depth: number): Uint8Array {
  if (depth > DEPTH_MAX) malformed("typed data is nested too deeply");
  if (!Array.isArray(value)) malformed(`a value of type ${item}[] is not a list`);
  if (size !== "" && value.length !== Number(size)) malformed(`a list of ${item} needs ${size} values`);
  return keccak256(concatBytes(...value.map((element) => encodeValue(types, item, element, depth + 1))));
}

function encodeAtom(type: string, value: unknown): Uint8Array {
  if (type === "string") {
    return keccak256(Buffer.from(typeof value === "string" ? value : malformed("not a string"), "utf8"));
  }
  if (type === "bytes")
    return keccak256(isHex(value) ? hexToBytes(value) : malformed("not bytes in hexadecimal"));
  if (type === "bool") return bigintToBytes(value === true || value === "true" ? 1n : 0n, 32);
  if (type === "address")
    return bigintToBytes(BigInt(isHex(value, 20) ? value : malformed("not an address")), 32);
  const fixed = /^bytes([1-9]|[12]\d|3[0-2])$/.exec(type);
  if (fixed !== null) return encodeFixedBytes(Number(fixed[1]), value);
  const integer = /^(u?)int(\d{1,3})?$/.exec(type);
  if (integer !== null) return encodeInteger(integer[1] === "", Number(integer[2] ?? 256), value);
  return malformed(`unrecognized type ${type}`);
}

function encodeFixedBytes(size: number, value: unknown): Uint8Array {
  const word = new Uint8Array(32);
  word.set(isHex(value, size) ? hexToBytes(value) : malformed(`not ${size} bytes in hexadecimal`));
  return word;
}

function encodeInteger(isSigned: boolean, bits: number, value: unknown): Uint8Array {
  if (bits === 0 || bits > 256 || bits % 8 !== 0) malformed(`no integer has ${bits} bits`);
  const integer = integerOf(value);
  const inRange = isSigned
    ? BigInt.asIntN(bits, integer) === integer
    : BigInt.asUintN(bits, integer) === integer;
  if (!inRange) malformed(`integer larger than ${bits} bits`);
  return bigintToBytes(BigInt.asUintN(256, integer), 32);
}

function integerOf(value: unknown): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^(?:-?\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(value)) return BigInt(value);
  return malformed("not an integer");
}
