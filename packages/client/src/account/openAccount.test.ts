import type { Hex } from "@trellis/base";
import { KEY_REGISTRY_ADDRESS, KeyRegistry } from "@trellis/contracts";
import {
  type AccountKey,
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
} from "@trellis/crypto/account";
import { FakeChain } from "@trellis/kit/fakeChain";
import { decodeFunctionData, parseTransaction } from "viem";
import { beforeEach, expect, it } from "vitest";
import { clientErrors } from "../errors.ts";
import { type ChainClient, KEY_REGISTRY, openAccount, systemRandom } from "./index.ts";

const old = accountKeyFromSecret("secp256k1", new Uint8Array(32).fill(1));
const next = accountKeyFromSecret("ml-dsa-44", new Uint8Array(32).fill(2));
const address = accountKeyAddress(old);
const NEVER: Hex = `0x${"00".repeat(32)}`;

let registered: Hex | undefined;
let balanceWei: bigint;
let sent: Hex[];
let chain: FakeChain;

beforeEach(() => {
  registered = NEVER;
  balanceWei = 10n ** 18n;
  sent = [];
  chain = new FakeChain();
});

function client(): ChainClient {
  return {
    ...chain.client(),
    balance: async () => balanceWei,
    call: async (to) => (to === KEY_REGISTRY ? (registered ?? "0x") : undefined),
    send: async (raw) => void sent.push(raw),
  };
}

const open = (key: AccountKey) =>
  openAccount({ chainId: chain.chainId, address }, { client: client(), key, random: systemRandom });
const stored = async (): Promise<void> => {};

it("the new key is stored before the rotation is sent; without it nothing is sent", async () => {
  const account = open(old);
  await expect(account.rotate(next, () => Promise.reject(new TypeError("disk full")))).rejects.toThrow(
    "disk full",
  );
  expect(sent).toEqual([]);
  const { raw } = await account.rotate(next, async () => expect(sent).toEqual([]));
  expect(sent).toEqual([raw]);
  const { to, data } = parseTransaction(raw);
  expect(to).toBe(KEY_REGISTRY_ADDRESS);
  const expected = { functionName: "rotate", args: [accountKeyId(next)] };
  expect(decodeFunctionData({ abi: KeyRegistry.abi, data: data! })).toEqual(expected);
});

it("ARGUMENT_INVALID: to the current key, to the registered one, to a key that does not sign", async () => {
  const refusal = expect.objectContaining({ code: "ARGUMENT_INVALID" });
  await expect(open(old).rotate(old, stored)).rejects.toEqual(refusal);
  const broken = { ...next, sign: async () => new Uint8Array(2420) };
  await expect(open(old).rotate(broken, stored)).rejects.toEqual(refusal);
  registered = accountKeyId(next);
  await expect(open(old).rotate(next, stored)).rejects.toEqual(refusal);
  expect(sent).toEqual([]);
});

it("ACCOUNT_KEY_NOT_VALID: a key that is not valid for the account", async () => {
  registered = accountKeyId(next);
  const other = accountKeyFromSecret("ml-dsa-65", new Uint8Array(32));
  const refusal = expect.objectContaining({ code: "ACCOUNT_KEY_NOT_VALID" });
  await expect(open(old).rotate(other, stored)).rejects.toEqual(refusal);
  expect((await open(old).status()).isKeyValid).toBe(false);
  expect((await open(next).status()).isKeyValid).toBe(true);
  registered = NEVER;
  expect((await open(next).status()).isKeyValid).toBe(false);
  expect((await open(old).status()).isKeyValid).toBe(true);
});

it("NODE_OF_OTHER_CHAIN: a chain without a key registry, where the call would do nothing", async () => {
  registered = undefined;
  await expect(open(old).rotate(next, stored)).rejects.toMatchObject({ code: "NODE_OF_OTHER_CHAIN" });
});

it("ACCOUNT_FUNDS_INSUFFICIENT: for the value, and for the gas of the signature", async () => {
  const call = { to: `0x${"b2".repeat(20)}`, data: "0x", valueWei: 2n * 10n ** 18n } as const;
  const refusal = { code: "ACCOUNT_FUNDS_INSUFFICIENT", facts: { account: address, balanceCoins: "1" } };
  await expect(open(old).send(call)).rejects.toMatchObject(refusal);
  balanceWei = 22n * 26_250n;
  await open(old).prepare({ ...call, valueWei: 0n });
  await expect(open(next).prepare({ ...call, valueWei: 0n })).rejects.toMatchObject({
    code: "ACCOUNT_FUNDS_INSUFFICIENT",
  });
});

it("reads another block when the newest one was reorganised", async () => {
  let failures = 4;
  const unstable = (): ChainClient => ({
    ...client(),
    balance: async () => {
      if (failures-- > 0) throw clientErrors.NODE_BLOCK_UNKNOWN({});
      return balanceWei;
    },
  });
  const account = () =>
    openAccount({ chainId: chain.chainId }, { client: unstable(), key: old, random: systemRandom });
  expect(await account().status()).toMatchObject({ balanceWei, nonce: 0, pendingCount: 0 });
  failures = 5;
  await expect(account().status()).rejects.toMatchObject({ code: "NODE_BLOCK_UNKNOWN" });
});
