import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "../canonical/index.ts";
import { allVerifiers, createHeadSigner } from "../log/signers.ts";
import { refusal, thrownBy } from "../testing/refusal.ts";
import {
  type Attestation,
  type AttestationInput,
  type AttestationTrust,
  type AttestedRecord,
  createAttestation,
  hashPriceSet,
  NOT_PROVED,
  signAttestation,
  verifyAttestation,
} from "./index.ts";
import {
  attestedRecord,
  hash,
  holding,
  attestationInput as input,
  source,
} from "./testing/attestationInput.ts";

const signer = createHeadSigner("exchange.example", "ed25519", new Uint8Array(32).fill(1));
const lattice = createHeadSigner("exchange.example", "ml-dsa-65", new Uint8Array(32).fill(2));
const trust: AttestationTrust = { custodian: "exchange.example", keys: [signer.key], record: attestedRecord };
const { totals } = attestedRecord;

async function signedAnyway(change: Partial<Attestation>): Promise<string> {
  return signAttestation({ ...createAttestation(input), ...change }, [signer]);
}

describe("attestation", () => {
  it("compares by asset, after haircuts, at the lower median of the prices", () => {
    const attestation = createAttestation(input);
    expect(attestation.assets).toEqual([
      {
        asset: "ETH",
        decimals: 18,
        liabilities: "10000000000000000000",
        reserves: "11000000000000000000",
        haircutBasisPoints: 0,
        countedReserves: "11000000000000000000",
        isCovered: true,
      },
      {
        asset: "XYZ",
        decimals: 6,
        liabilities: "900000",
        reserves: "1000001",
        haircutBasisPoints: 1000,
        countedReserves: "900000",
        isCovered: true,
      },
    ]);
    expect(attestation.prices.map(({ price }) => price)).toEqual(["3000.5", "1.5"]);
    expect(attestation).toMatchObject({
      liabilitiesValue: "30006.35",
      countedReservesValue: "33006.85",
      isCovered: true,
    });
    expect(attestation.notProved).toEqual(
      Object.keys(NOT_PROVED).filter((statement) => statement !== "BALANCES_STATED"),
    );
  });

  it("a chain read from a statement is marked as such and not verifiable by others", () => {
    const readings = [{ chain: "eip155:1", source: "statement" as const, by: "treasury" }];
    const { proved, notProved } = createAttestation({ ...input, readings });
    expect(proved).toEqual(["LIABILITIES_ADDED_UP", "ADDRESSES_SIGNED", "ASSETS_COVERED"]);
    expect(notProved).toEqual(Object.keys(NOT_PROVED));
  });

  it("a deficit in one asset is not offset by another, and is reported", () => {
    const short = createAttestation({ ...input, holdings: [holding("ETH", "aa", 10n ** 24n)] });
    expect(short.assets.map(({ isCovered }) => isCovered)).toEqual([true, false]);
    expect(BigInt(short.countedReservesValue.split(".")[0] as string) > 30_006n).toBe(true);
    expect(short.isCovered).toBe(false);
    expect(short.proved).not.toContain("ASSETS_COVERED");
  });

  it("verifies offline, and explains what is proved and what is not", async () => {
    const text = await signAttestation(createAttestation(input), [signer]);
    const verdict = verifyAttestation(text, trust);
    expect(verdict.attestation.isCovered).toBe(true);
    expect(verdict.proved.map(({ statement }) => statement)).toContain("ASSETS_COVERED");
    expect(verdict.notProved.map(({ statement }) => statement)).toEqual(
      expect.arrayContaining(["OTHER_DEBTS", "ASSETS_BORROWED", "CUSTOMERS_LEFT_OUT"]),
    );
    expect(verdict.notProved.every(({ meaning }) => meaning.length > 0)).toBe(true);
  });

  it("by Ed25519 and ML-DSA-65 together", async () => {
    const text = await signAttestation(createAttestation(input), [signer, lattice]);
    const both = { ...trust, keys: [signer.key, lattice.key] };
    expect(verifyAttestation(text, both, allVerifiers).attestation.version).toBe(1);
    expect(thrownBy(() => verifyAttestation(text, both))).toEqual(
      refusal("ATTESTATION_REFUSED: no signature by the expected key"),
    );
  });

  it.each<[string, Partial<AttestationInput>]>([
    ["a duplicate asset", { liabilities: [...input.liabilities, ...input.liabilities] }],
    ["no assets", { liabilities: [] }],
    [
      "a negative liability",
      { liabilities: [{ asset: "ETH", decimals: 18, amount: -1n, haircutBasisPoints: 0 }] },
    ],
    [
      "a haircut above 100 %",
      { liabilities: [{ asset: "ETH", decimals: 18, amount: 1n, haircutBasisPoints: 10_001 }] },
    ],
    [
      "a negative haircut",
      { liabilities: [{ asset: "ETH", decimals: 18, amount: 1n, haircutBasisPoints: -1 }] },
    ],
    ["a duplicate address", { holdings: [...input.holdings, ...input.holdings.slice(0, 1)] }],
    [
      "an address in another spelling",
      { holdings: [...input.holdings, { ...holding("ETH", "aa", 1n), address: `0x${"AA".repeat(20)}` }] },
    ],
    [
      "one balance as two assets",
      { holdings: [...input.holdings, { ...holding("ETH", "aa", 1n), asset: "XYZ" }] },
    ],
    ["a method of another chain", { holdings: [{ ...holding("ETH", "aa", 1n), method: "bip322" }] }],
    ["an unknown chain", { holdings: [{ ...holding("ETH", "aa", 1n), chain: "x" }] }],
    [
      "two blocks of one chain",
      { holdings: [...input.holdings, { ...holding("ETH", "cc", 1n), blockHeight: 1 }] },
    ],
    ["a chain without a reading", { readings: [] }],
    ["a chain with two readings", { readings: [...input.readings, ...input.readings] }],
    [
      "a reading without reserves",
      { readings: [...input.readings, { chain: "eip155:5", source: "statement", by: "x" }] },
    ],
    [
      "nodes without a majority",
      { readings: [{ chain: "eip155:1", source: "nodes", nodeCount: 4, quorum: 2 }] },
    ],
    ["a negative holding", { holdings: [holding("ETH", "aa", -1n)] }],
    ["a holding of another asset", { holdings: [holding("ABC", "aa", 1n)] }],
    ["no price", { prices: input.prices.slice(1) }],
    ["a price without sources", { prices: [{ asset: "ETH", sources: [] }, ...input.prices.slice(1)] }],
    [
      "an invalid price",
      { prices: [{ asset: "ETH", sources: [source("a", "1e3")] }, ...input.prices.slice(1)] },
    ],
    ["a duplicate price", { prices: [...input.prices, ...input.prices] }],
    ["a custodian with a space", { custodian: "a b" }],
    ["a short snapshot id", { snapshotId: "0x01" }],
  ])("ATTESTATION_INPUT_INVALID: %s", (_, change) => {
    expect(thrownBy(() => createAttestation({ ...input, ...change }))).toEqual(
      refusal("ATTESTATION_INPUT_INVALID"),
    );
  });

  it("ATTESTATION_INPUT_INVALID: without a signer, or signed by a witness", async () => {
    const witness = createHeadSigner("w", "ed25519-cosignature", new Uint8Array(32));
    for (const signers of [[], [witness]])
      await expect(signAttestation(createAttestation(input), signers)).rejects.toMatchObject({
        code: "ATTESTATION_INPUT_INVALID",
      });
  });

  it.each<[string, Partial<Attestation>]>([
    [
      "covered against its figures",
      { assets: createAttestation(input).assets.map((asset) => ({ ...asset, reserves: "5" })) },
    ],
    ["a greater value", { countedReservesValue: "99999999" }],
    [
      "a price outside of its sources",
      { prices: createAttestation(input).prices.map((price) => ({ ...price, price: "5000" })) },
    ],
    ["nodes declared as a statement", { readings: [{ chain: "eip155:1", source: "statement", by: "x" }] }],
    ["an incomplete list of unproved claims", { notProved: ["OTHER_DEBTS"] }],
    ["proved twice", { proved: ["ASSETS_COVERED", "ASSETS_COVERED"] }],
    [
      "an address counted twice",
      {
        holdings: Array.from(
          { length: 2 },
          () => createAttestation(input).holdings[0],
        ) as Attestation["holdings"],
      },
    ],
    ["holdings left out", { holdings: [] }],
  ])("ATTESTATION_REFUSED: signed although %s", async (_, change) => {
    const text = await signedAnyway(change);
    expect(thrownBy(() => verifyAttestation(text, trust))).toEqual(
      refusal("ATTESTATION_REFUSED: totals do not match the attestation's figures"),
    );
  });

  it("ATTESTATION_REFUSED: another custodian's", async () => {
    const text = await signedAnyway({});
    expect(thrownBy(() => verifyAttestation(text, { ...trust, custodian: "other" }))).toEqual(
      refusal("ATTESTATION_REFUSED: does not match the custodian's snapshot record"),
    );
  });

  it.each<[string, Partial<AttestedRecord>]>([
    ["another snapshot", { snapshotId: hash("09") }],
    ["another root", { rootRecordHash: hash("09") }],
    ["another quote", { priceSetHash: hashPriceSet({ ...input, quote: "EUR" }) }],
    ["other prices", { priceSetHash: hashPriceSet({ ...input, prices: input.prices.slice(1) }) }],
    ["no prices", { priceSetHash: null }],
    ["another block", { blockHeights: { "eip155:1": 24_000_001 } }],
    ["an unknown block", { blockHeights: { "eip155:5": 24_000_000 } }],
    ["another debt", { totals: totals.map((total) => ({ ...total, amount: "900001" })) }],
    ["other decimals", { totals: totals.map((total) => ({ ...total, decimals: 2 })) }],
    ["a missing asset", { totals: totals.slice(1) }],
    ["an extra asset", { totals: [...totals, { asset: "ABC", decimals: 0, amount: "1" }] }],
  ])("ATT-2, ATTESTATION_REFUSED: the record says %s, though the custodian signs both", async (_, change) => {
    const text = await signedAnyway({});
    const record = { ...attestedRecord, ...change };
    expect(thrownBy(() => verifyAttestation(text, { ...trust, record }))).toEqual(
      refusal("ATTESTATION_REFUSED: does not match the custodian's snapshot record"),
    );
  });

  it("ATT-5: the order of the prices has no effect", () => {
    const priceSetHash = hashPriceSet({ ...input, prices: input.prices.toReversed() });
    expect(priceSetHash).toBe(attestedRecord.priceSetHash);
  });

  it("ATTESTATION_REFUSED: another name, or no keys to verify with", async () => {
    const stranger = createHeadSigner("stranger", "ed25519", new Uint8Array(32).fill(5));
    const text = await signAttestation(createAttestation(input), [stranger]);
    expect(thrownBy(() => verifyAttestation(text, trust))).toEqual(
      refusal("ATTESTATION_REFUSED: no signature by the expected key"),
    );
    expect(thrownBy(() => verifyAttestation(text, { ...trust, keys: [] }))).toEqual(
      refusal("ATTESTATION_REFUSED: no signature by the expected key"),
    );
  });

  it("ATTESTATION_REFUSED: another key, or a figure changed after signing", async () => {
    const other = createHeadSigner("exchange.example", "ed25519", new Uint8Array(32).fill(5));
    const text = await signAttestation(createAttestation(input), [other]);
    expect(thrownBy(() => verifyAttestation(text, trust))).toEqual(
      refusal("ATTESTATION_REFUSED: a signature does not match"),
    );
    const changed = (await signedAnyway({})).replace('"timeMs":1790000001000', '"timeMs":1790000001001');
    expect(thrownBy(() => verifyAttestation(changed, trust))).toEqual(
      refusal("ATTESTATION_REFUSED: a signature does not match"),
    );
    const broken = (await signedAnyway({})).replace(/"signature":"[^"]+"/, '"signature":"!"');
    expect(thrownBy(() => verifyAttestation(broken, trust))).toEqual(
      refusal("ATTESTATION_REFUSED: a signature does not match"),
    );
  });

  it.each<[string, (text: string) => string]>([
    ["spaces", (text) => text.replace(",", ", ")],
    ["another field", (text) => text.replace('"version":1', '"version":1,"x":1')],
    ["another version", (text) => text.replace('"version":1', '"version":2')],
    ["an amount as a number", (text) => text.replace('"900000"', "900000")],
    ["a negative amount", (text) => text.replace('"900000"', '"-900000"')],
    ["a leading zero", (text) => text.replace('"900000"', '"0900000"')],
    ["a price ending in zero", (text) => text.replace('"1.5"', '"1.50"')],
    ["cut off", (text) => text.slice(0, -1)],
    ["nothing", () => ""],
  ])("ATTESTATION_REFUSED: %s", async (_, change) => {
    const text = change(await signedAnyway({}));
    expect(thrownBy(() => verifyAttestation(text, trust))).toEqual(refusal("ATTESTATION_REFUSED: malformed"));
  });

  it("returns a verdict or a code for any JSON, and with any character changed", async () => {
    const text = await signedAnyway({});
    const anything = fc.jsonValue().map((value) => canonicalJson(value as JsonValue));
    const changed = fc
      .tuple(fc.nat(text.length - 1), fc.constantFrom(...'0129azAZ{}[]",:-.'))
      .map(([at, character]) => text.slice(0, at) + character + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(anything, changed, fc.string()), (candidate) => {
        const error = thrownBy(() => verifyAttestation(candidate, trust));
        if (candidate === text) expect(error).toBeUndefined();
        else expect(error).toMatchObject({ code: expect.stringMatching(/^ATTESTATION_/) });
      }),
      { numRuns: 300 },
    );
  });
});
