import { slowness } from "@trellis/kit";
import {
  type Address,
  concatHex,
  type HDAccount,
  type Hex,
  keccak256,
  numberToHex,
  parseSignature,
} from "viem";
import { expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();

/** Half of a block. */
const GAS = 15_000_000n;
const PROBE_EVERY_MS = 50;
/** On an idle machine. */
const READ_P99_MS_MAX = 250;

const PROGRAMS: Readonly<Record<string, Hex>> = {
  "jumps forever": "0x5b5f56",
  "hashes between jumps that are far apart": `0x5b${"5f5f2050".repeat(6_000)}5f56`,
  "fills new slots": "0x5b5a5a555f56",
  "logs forever": "0x5b5f5fa05f56",
  "calls itself": "0x5b5f5f5f5f305afa505f56",
  "recovers a signature again and again": "0x365f5f375b60205f60805f60015afa50600456",
};

async function inputOf(account: HDAccount): Promise<Hex> {
  const hash = keccak256("0x01");
  const { r, s, yParity } = parseSignature(await account.sign({ hash }));
  return concatHex([hash, numberToHex(27 + yParity, { size: 32 }), r, s]);
}

function initCodeOf(program: Hex): Hex {
  const size = (program.length - 2) / 2;
  const sizeHex = size.toString(16).padStart(4, "0");
  return `0x61${sizeHex}600c5f3961${sizeHex}5ff3${program.slice(2)}`;
}

async function deploy(program: Hex): Promise<Address> {
  const wallet = walletOf(shared.rpcUrl, accountOf(0));
  const hash = await wallet.sendTransaction({ data: initCodeOf(program), gas: 10_000_000n });
  const { contractAddress } = await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
  return contractAddress!;
}

async function probe(isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const startMs = performance.now();
    const { error } = await rpcCall(shared.devnet.rpcUrl, "eth_blockNumber");
    expect(error).toBeUndefined();
    times.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  return times.sort((a, b) => a - b);
}

it("EXEC-30: reads are answered while blocks full of any of these programs are executed", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const targets: Address[] = [];
  for (const program of Object.values(PROGRAMS)) targets.push(await deploy(program));
  const data = await inputOf(accountOf(0));
  // Before the probes, because deriving keys blocks this process.
  const wallets = targets.map((_, index) => walletOf(shared.rpcUrl, accountOf(index + 1)));
  const state = { isOver: false };
  const probing = probe(() => state.isOver);
  for (let round = 0; round < 4; round++) {
    const hashes = await Promise.all(
      targets.map((to, index) => wallets[index]!.sendTransaction({ to, data, gas: GAS })),
    );
    for (const hash of hashes) {
      const { gasUsed } = await client.waitForTransactionReceipt({ hash });
      expect(gasUsed).toBeGreaterThan(14_500_000n);
    }
  }
  state.isOver = true;
  const times = await probing;
  expect(times[Math.floor(times.length * 0.99)]).toBeLessThanOrEqual(READ_P99_MS_MAX * slowness());
});
