import { setTimeout as delay } from "node:timers/promises";
import { bytesToHex, type Hex, hexToBytes, isTrellisError } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import { personalDigest } from "@trellis/reserves/assets";
import { runJob, type ServiceClient } from "@trellis/reserves/service/client";
import { verifyProofFile } from "@trellis/reserves/verify";
import {
  CUSTODIAN_ADDRESS,
  CUSTODIAN_KEY,
  CUSTOMER_COUNT,
  customerName,
  DEMO_ASSETS,
  depositOf,
  SHOWN_CUSTOMER,
} from "./demoCustodian.ts";

interface SnapshotAnswer {
  readonly record: { readonly snapshotId: string };
  readonly anchor: object | null;
}

const LOOK_MS = 300;

/** Does nothing if an attestation exists. */
export async function seedCustodian(
  client: ServiceClient,
  chainId: number,
  signal: AbortSignal,
): Promise<void> {
  const attested = await client.get<{ items: unknown[] }>("/v1/attestations?limit=1");
  if (attested.items.length > 0) return;
  await enterBalances(client);
  const number = await takeSnapshot(client);
  const proof = await client.text(`/v1/customers/${SHOWN_CUSTOMER}/snapshots/${number}/proof`);
  const verdict = verifyProofFile(new TextEncoder().encode(proof));
  if (!verdict.isValid) throw verdict.error;
  const { record } = await client.get<SnapshotAnswer>(`/v1/snapshots/${number}`);
  await claimAddress(client, chainId, record.snapshotId);
  await runJob(client, "/v1/attestations", { snapshotId: record.snapshotId });
  await untilAnchored(client, number, signal);
}

async function enterBalances(client: ServiceClient): Promise<void> {
  for (const { id, decimals } of DEMO_ASSETS) await client.post("/v1/assets", { id, decimals });
  const customers = Array.from({ length: CUSTOMER_COUNT }, (_, index) => customerName(index));
  await client.post("/v1/customers", { ids: customers });
  for (const [asset, { id }] of DEMO_ASSETS.entries()) {
    const entries = customers.map((customer, index) => ({
      key: `demo-${id}-${customer}`,
      customer,
      asset: id,
      kind: "deposit",
      amount: String(depositOf(index, asset)),
      reference: "demo",
      happenedAtMs: 1_767_225_600_000,
    }));
    await client.post("/v1/entries", { entries });
  }
}

async function takeSnapshot(client: ServiceClient): Promise<number> {
  const { items } = await client.get<{ items: { number: number; state: string }[] }>("/v1/snapshots?limit=2");
  const signed = items.find(({ state }) => state === "signed");
  if (signed !== undefined) return signed.number;
  return (await runJob<{ number: number }>(client, "/v1/snapshots", {})).number;
}

async function claimAddress(client: ServiceClient, chainId: number, snapshotId: string): Promise<void> {
  const place = { chain: `eip155:${chainId}`, address: CUSTODIAN_ADDRESS };
  const { challenge } = await client.post<{ challenge: string }>("/v1/challenges", { ...place, snapshotId });
  const signature = await signText(challenge);
  try {
    await client.post("/v1/addresses", { challenge, method: "eip191", signature });
  } catch (error) {
    const isThere = isTrellisError(error) && error.facts.refusal === "ADDRESS_CLAIMED_TWICE";
    if (!isThere) throw error;
  }
}

/** EIP-191. */
async function signText(text: string): Promise<Hex> {
  const digest = personalDigest(new TextEncoder().encode(text));
  const { r, s, yParity } = await createLocalSigner(CUSTODIAN_KEY).signHash(digest);
  const word = (value: bigint): string => value.toString(16).padStart(64, "0");
  return bytesToHex(hexToBytes(`0x${word(r)}${word(s)}${yParity === 0 ? "1b" : "1c"}`));
}

async function untilAnchored(client: ServiceClient, number: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { anchor } = await client.get<SnapshotAnswer>(`/v1/snapshots/${number}`);
    if (anchor !== null) return;
    await delay(LOOK_MS, undefined, { signal });
  }
}
