import { bytesToHex } from "@trellis/base";
import { withSystemContracts } from "@trellis/contracts";
import { accountsFromMnemonic } from "@trellis/crypto";
import type { ProducerPace } from "@trellis/mining";
import { type Address, devParameters } from "@trellis/protocol";
import { checksumAddress } from "@trellis/rpc";
import { readyLine } from "../cli/readyLine.ts";
import { readyTable } from "../cli/readyTable.ts";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { forgetChain } from "../compose/dataDirectory.ts";
import { openChain } from "../compose/openChain.ts";
import { openProducer } from "../compose/openProducer.ts";
import { openRpc } from "../compose/openRpc.ts";
import { openService } from "../compose/openService.ts";
import type { DevnetSettings } from "../config/devnet.ts";

/** The phrase that the ecosystem's tools know. */
const MNEMONIC = "test test test test test test test test test test test junk";
const BALANCE_WEI = 10_000n * 10n ** 18n;
/** Nobody's: rewards and tips stay apart from the accounts that people test with. */
const MINER: Address = "0x000000000000000000000000000000000000c01b";
/** An empty block now and then moves time, confirmations and finality on. */
const IDLE_MS = 3_000;

/** Runs a network on this machine until it is told to stop. */
export async function run(settings: DevnetSettings, io: ServiceIo): Promise<void> {
  const accounts = accountsFromMnemonic(MNEMONIC, settings.accounts);
  const funded = accounts.map(({ address }) => ({ address: bytesToHex(address), balance: BALANCE_WEI }));
  const parameters = withSystemContracts(devParameters({ accounts: funded }));
  const dataDir = settings.ephemeral ? undefined : settings.dataDir;
  if (settings.reset && dataDir !== undefined) await forgetChain(dataDir);

  const chain = await openChain({ parameters, dataDir, isArchive: true, isDurable: false }, io);
  const producer = await openProducer(
    {
      pace: paceOf(settings.blockTime),
      miner: MINER,
      streams: parameters.streams.map((_, index) => index),
      extra: new Uint8Array(0),
    },
    1,
    chain,
    io,
  );
  const rpc = await openRpc(
    {
      port: settings.rpcPort,
      development: {
        privateKeys: accounts.map(({ privateKey }) => privateKey),
        producer,
        isInstant: settings.blockTime === "instant",
      },
    },
    chain,
    io,
  );
  const service = await openService(settings.httpPort, chain, io);
  producer.start();
  io.lifecycle.serving();

  const ready = {
    rpc: rpc.url,
    ws: rpc.url.replace(/^http/, "ws"),
    http: service.url,
    chainId: Number(parameters.chainId),
    dataDir: dataDir ?? null,
  };
  const shown = accounts.map(({ privateKey }, index) => ({
    address: checksumAddress(funded[index]!.address),
    privateKey: bytesToHex(privateKey),
    balance: chain.view.stateAt(chain.view.head().hash).account(funded[index]!.address)?.balance ?? 0n,
  }));
  io.stdout.write(
    settings.json
      ? readyLine(ready)
      : readyTable({ ...ready, blockTime: settings.blockTime, mnemonic: MNEMONIC, accounts: shown }),
  );
}

function paceOf(blockTime: DevnetSettings["blockTime"]): ProducerPace {
  return blockTime === "instant"
    ? { kind: "instant", idleMs: IDLE_MS }
    : { kind: "interval", intervalMs: blockTime };
}
