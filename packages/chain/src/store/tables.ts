import { bytesEqual, bytesToBigint, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Body,
  type Certificate,
  decodeBody,
  decodeCertificate,
  decodeEvidence,
  decodeHeader,
  decodeRlp,
  type Evidence,
  encodeBody,
  encodeCertificate,
  encodeEvidence,
  encodeHeader,
  encodeRlp,
  type Hash,
  type Header,
  type SetChange,
} from "@trellis/protocol";
import {
  bytesCodec,
  type Codec,
  hexCodec,
  type KeyReader,
  openTables,
  type Schema,
  storageErrors,
  type Table,
  type TableDefinition,
  textCodec,
  uintCodec,
} from "@trellis/storage";
import {
  decodeExecutionRecord,
  type ExecutionRecord,
  encodeExecutionInSteps,
  encodeExecutionRecord,
} from "./executionRecord.ts";
import { STATE_TABLES, type StateTables } from "./stateTables.ts";

const HASH_SIZE = 32;

export const hashesCodec: Codec<readonly Hash[]> = {
  encode: (hashes) => concatBytes(...hashes.map(hexToBytes)),
  decode: (bytes) => {
    if (bytes.length % HASH_SIZE !== 0) throw storageErrors.STORE_CORRUPT({ hashes: bytes.length });
    return Array.from({ length: bytes.length / HASH_SIZE }, (_, index) =>
      bytesToHex(bytes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE)),
    );
  },
};

const CHECKSUM_SIZE = 4;

/** Adds a checksum to values that no hash covers. */
export const checkedCodec: Codec<Uint8Array> = {
  encode: (bytes) => concatBytes(bytes, keccak256(bytes).subarray(0, CHECKSUM_SIZE)),
  decode: (stored) => {
    const bytes = stored.subarray(0, -CHECKSUM_SIZE);
    const isWhole = stored.length > CHECKSUM_SIZE && bytesEqual(checkedCodec.encode(bytes), stored);
    if (!isWhole) throw storageErrors.STORE_CORRUPT({ unreadable: bytesToHex(stored.subarray(0, 40)) });
    return bytes;
  },
};

export const META_NAMES: readonly string[] = [
  "schema",
  "genesis",
  "base",
  "sink",
  "historyFrom",
  "proofsFrom",
  "pruned",
  "headersOnly",
  "adopting",
  "adopted",
  "finalHeight",
  "snapshotNext",
];

export interface ChainTables extends StateTables {
  readonly meta: Table<string, Uint8Array>;
  readonly headers: Table<Hash, Header>;
  readonly bodies: Table<Hash, Body>;
  /** In arrival order. [DAG-14] */
  readonly dagRecords: Table<number, Uint8Array>;
  readonly executions: Table<Hash, ExecutionRecord>;
  readonly chainIndex: Table<number, Hash>;
  readonly mergedBy: Table<Hash, Hash>;
  /** In arrival order. */
  readonly transactionCarriers: Table<Hash, readonly Hash[]>;
  readonly disqualified: Table<Hash, Uint8Array>;
  /** Keyed by height. */
  readonly certificates: Table<number, Certificate>;
  readonly evidence: Table<number, Evidence>;
  /** Keyed by epoch. */
  readonly setChanges: Table<number, SetChange>;
  readonly missingRanges: Table<Uint8Array, Uint8Array>;
  readonly importedNodes: Table<Uint8Array, Uint8Array>;
  /** Keyed by hash. Only on controlled devnets. */
  readonly overrides: Table<Hash, Uint8Array>;
  readonly snapshots: Table<number, Uint8Array>;
  /** Only with several shards. Keyed by shard, then number in shard 0. */
  readonly anchors: Table<Hash, Uint8Array>;
  /** Only with several shards. Keyed by destination, then index. */
  readonly sentMessages: Table<Hash, Uint8Array>;
}

const headerCodec: Codec<Header> = { encode: encodeHeader, decode: decodeHeader };

/** Limits were checked on arrival. */
const NO_LIMITS = {
  bodyBytesMax: Number.POSITIVE_INFINITY,
  transactionBytesMax: Number.POSITIVE_INFINITY,
  allowUnprotected: true,
};
const bodyCodec: Codec<Body> = { encode: encodeBody, decode: (bytes) => decodeBody(bytes, NO_LIMITS) };

/** No hash covers the signers. */
const certificateCodec: Codec<Certificate> = {
  encode: (certificate) => checkedCodec.encode(encodeCertificate(certificate)),
  decode: (bytes) => decodeCertificate(checkedCodec.decode(bytes)),
};

const evidenceCodec: Codec<Evidence> = {
  encode: (evidence) => checkedCodec.encode(encodeEvidence(evidence)),
  decode: (bytes) => decodeEvidence(checkedCodec.decode(bytes)),
};

const setChangeCodec: Codec<SetChange> = {
  encode: ({ epoch, header, certificate, nodes }) =>
    checkedCodec.encode(encodeRlp([epoch, encodeHeader(header), encodeCertificate(certificate), nodes])),
  decode(bytes) {
    const [epoch, header, certificate, nodes] = decodeRlp(checkedCodec.decode(bytes)) as readonly [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      readonly Uint8Array[],
    ];
    return {
      epoch: Number(bytesToBigint(epoch)),
      header: decodeHeader(header),
      certificate: decodeCertificate(certificate),
      nodes,
    };
  },
};

const executionCodec: Codec<ExecutionRecord> = {
  encode: encodeExecutionRecord,
  encodeInSteps: encodeExecutionInSteps,
  decode: decodeExecutionRecord,
};

/** Ids are never reused. */
export const CHAIN_TABLES = {
  meta: { id: 1, key: textCodec, value: bytesCodec } satisfies TableDefinition<string, Uint8Array>,
  headers: { id: 2, key: hexCodec, value: headerCodec } satisfies TableDefinition<Hash, Header>,
  bodies: { id: 3, key: hexCodec, value: bodyCodec } satisfies TableDefinition<Hash, Body>,
  dagRecords: { id: 4, key: uintCodec, value: checkedCodec } satisfies TableDefinition<number, Uint8Array>,
  executions: { id: 5, key: hexCodec, value: executionCodec } satisfies TableDefinition<
    Hash,
    ExecutionRecord
  >,
  chainIndex: { id: 6, key: uintCodec, value: hexCodec } satisfies TableDefinition<number, Hash>,
  mergedBy: { id: 7, key: hexCodec, value: hexCodec } satisfies TableDefinition<Hash, Hash>,
  transactionCarriers: { id: 8, key: hexCodec, value: hashesCodec } satisfies TableDefinition<
    Hash,
    readonly Hash[]
  >,
  disqualified: { id: 9, key: hexCodec, value: bytesCodec } satisfies TableDefinition<Hash, Uint8Array>,
  missingRanges: { id: 10, key: bytesCodec, value: bytesCodec } satisfies TableDefinition<
    Uint8Array,
    Uint8Array
  >,
  certificates: { id: 11, key: uintCodec, value: certificateCodec } satisfies TableDefinition<
    number,
    Certificate
  >,
  evidence: { id: 12, key: uintCodec, value: evidenceCodec } satisfies TableDefinition<number, Evidence>,
  setChanges: { id: 13, key: uintCodec, value: setChangeCodec } satisfies TableDefinition<number, SetChange>,
  overrides: { id: 14, key: hexCodec, value: bytesCodec } satisfies TableDefinition<Hash, Uint8Array>,
  snapshots: { id: 15, key: uintCodec, value: checkedCodec } satisfies TableDefinition<number, Uint8Array>,
  anchors: { id: 16, key: hexCodec, value: checkedCodec } satisfies TableDefinition<Hash, Uint8Array>,
  sentMessages: { id: 17, key: hexCodec, value: checkedCodec } satisfies TableDefinition<Hash, Uint8Array>,
  ...STATE_TABLES,
} as const;

export function openChainTables(store: KeyReader): ChainTables {
  const tables = openTables(CHAIN_TABLES, store);
  return tables.meta.has("adopted") ? { ...tables, trieNodes: tables.importedNodes } : tables;
}

/** A change of a table's meaning requires a new version and a migration. */
export const CHAIN_SCHEMA: Schema = {
  key: Uint8Array.of(CHAIN_TABLES.meta.id, ...textCodec.encode("schema")),
  version: 2,
  migrations: [
    // Locks out older programs, which would not store replaced values.
    { from: 1, name: "keep what final blocks replace", run: () => [] },
  ],
};
