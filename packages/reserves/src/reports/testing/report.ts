import { createAttestation, hashPriceSet, NOT_PROVED, PROVED } from "../../attestation/index.ts";
import { attestationInput } from "../../attestation/testing/attestationInput.ts";
import type { AuditReport } from "../AuditReport.ts";

const hex = (byte: string, size = 32) => `0x${byte.repeat(size)}` as const;
const meanings = <Name extends string>(names: readonly Name[], all: Readonly<Record<Name, string>>) =>
  names.map((statement) => ({ statement, meaning: all[statement] }));

const { assets, readings, quote, prices, liabilitiesValue, countedReservesValue, proved, notProved } =
  createAttestation(attestationInput);

export const REPORT: AuditReport = {
  type: "trellis-reserves-report",
  version: 1,
  custodian: "exchange.example",
  records: { algorithm: "ed25519", publicKey: hex("a1") },
  log: { origin: "exchange.example", name: "exchange.example", algorithm: "ed25519", publicKey: hex("a2") },
  snapshot: {
    record: {
      version: 2,
      number: 7,
      snapshotId: hex("01"),
      previousRecordHash: hex("06"),
      scheme: "sum",
      hash: "sha256",
      root: hex("0a"),
      rootRecordHash: hex("02"),
      depth: 24,
      assetListHash: hex("0b"),
      totals: [
        { asset: "ETH", decimals: 18, amount: "10000000000000000000" },
        { asset: "XYZ", decimals: 6, amount: "900000" },
      ],
      ledgerPosition: "123456",
      blockHeights: { "eip155:1": 24_000_000 },
      priceSetHash: hashPriceSet(attestationInput),
      timeMs: 1_790_000_000_000,
      debts: [
        { asset: "ETH", decimals: 18, amount: "1250000000000000000" },
        { asset: "XYZ", decimals: 6, amount: "0" },
      ],
    },
    recordHash: hex("07"),
    signature: Buffer.alloc(64, 0xee).toString("base64"),
    logIndex: 41,
    anchor: { chainId: 1, transactionHash: hex("cd"), blockNumber: 24_000_012 },
  },
  logHead: { size: 42, root: hex("0d"), timeMs: 1_790_000_100_000, note: "exchange.example\n42\n" },
  attestation: {
    id: "3",
    logIndex: 40,
    timeMs: 1_790_000_050_000,
    isCovered: true,
    assets,
    readings,
    quote,
    prices,
    liabilitiesValue,
    countedReservesValue,
    proved: meanings(proved, PROVED),
    notProved: meanings(notProved, NOT_PROVED),
  },
  openIncidents: [
    {
      id: "9",
      kind: "RESERVES_NEAR_LIABILITIES",
      severity: "warning",
      asset: "XYZ",
      expected: "909000",
      got: "900001",
      difference: "-8999",
      openedAtMs: 1_790_000_000_500,
    },
    {
      id: "8",
      kind: "CHAIN_UNREADABLE",
      severity: "critical",
      asset: null,
      expected: "eip155:1",
      got: "RPC_TIMEOUT",
      difference: "0",
      openedAtMs: 1_790_000_000_400,
    },
  ],
};

export const BARE_REPORT: AuditReport = {
  ...REPORT,
  snapshot: {
    ...REPORT.snapshot,
    record: (({ debts: _, ...record }) => ({ ...record, version: 1, blockHeights: {}, priceSetHash: null }))(
      REPORT.snapshot.record,
    ),
    logIndex: null,
    anchor: null,
  },
  logHead: null,
  attestation: null,
  openIncidents: [],
};
