import { bytesToHex } from "@trellis/base";
import { createLocalSigner, keccak256 } from "@trellis/crypto";
import { VaultServer, Web3SignerServer } from "@trellis/kit/keyServers";
import {
  createVaultTransit,
  openAccountKey,
  openKeyServiceHttp,
  openVaultHolder,
  openWeb3SignerHolder,
} from "@trellis/platform/keys";
import { afterEach, expect, it } from "vitest";

const PRIVATE = new Uint8Array(32).fill(7);
const signer = createLocalSigner(PRIVATE);
const WALLET = bytesToHex(signer.address);
const PAYLOAD = new TextEncoder().encode("a transaction");
const http = openKeyServiceHttp(20_000);
const unusable = (reason: string) =>
  expect.objectContaining({ code: "SIGNER_SETUP_INVALID", facts: expect.objectContaining({ reason }) });

const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function openVault() {
  const server = await new VaultServer().start();
  servers.push(server);
  server.create("wallet", "ecdsa-secp256k1", PRIVATE);
  server.create("records", "ed25519");
  const { url, mount, token } = server;
  return { server, holder: openVaultHolder(createVaultTransit({ url, mount, token }, http)) };
}

it("SIGN-5: signs by a transit engine with secp256k1", async () => {
  const { server, holder } = await openVault();
  const key = await openAccountKey(holder, "wallet");
  expect(key).toMatchObject({ address: WALLET, holder: "vault transit wallet v1" });
  expect(await holder.sign("wallet", keccak256(PAYLOAD))).toHaveLength(65);
  expect((await key.sign(PAYLOAD)).s).toBeTypeOf("bigint");
  server.isLying = true;
  await expect(key.sign(PAYLOAD)).rejects.toEqual(unusable("signature does not match the key"));
});

it("SIGN-5: signs by a remote signer", async () => {
  const server = await new Web3SignerServer().start();
  servers.push(server);
  server.add(PRIVATE);
  const key = await openAccountKey(openWeb3SignerHolder({ url: server.url }, http), WALLET);
  expect(key.address).toBe(WALLET);
  expect(await key.sign(PAYLOAD)).toEqual(await signer.signHash(keccak256(PAYLOAD)));
  server.isLying = true;
  await expect(key.sign(PAYLOAD)).rejects.toEqual(unusable("signature does not match the key"));
});

it("SIGN-5: SIGNER_SETUP_INVALID: no such key, or one of another curve", async () => {
  const { holder } = await openVault();
  await expect(openAccountKey(holder, "none")).rejects.toEqual(unusable("it does not have this key"));
  await expect(openAccountKey(holder, "records")).rejects.toEqual(
    unusable("a key of ed25519 has no address"),
  );
});
