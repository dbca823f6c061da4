import type { ProducerPace } from "@trellis/mining";
import type { Hash, StreamParameters } from "@trellis/protocol";
import { p2pOf, readyLine } from "../cli/readyLine.ts";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { developmentValidator } from "../compose/developmentValidators.ts";
import { networkOf } from "../compose/networkOf.ts";
import { openChain } from "../compose/openChain.ts";
import { openFinality, type ValidatorIdentity } from "../compose/openFinality.ts";
import { openNetwork, withAddresses } from "../compose/openNetwork.ts";
import { openProducer } from "../compose/openProducer.ts";
import { openRpc } from "../compose/openRpc.ts";
import { openService } from "../compose/openService.ts";
import { startWhenReady } from "../compose/startWhenReady.ts";
import type { NodeSettings } from "../config/node.ts";
import { trellisErrors } from "../errors.ts";
import { readSecret } from "./keys/readSecret.ts";
import { isUnused, markUsed, openValidatorKey } from "./validator/keyFile.ts";

/** The stream that CPUs are meant for. */
const CPU_ALGORITHM = "memory";
/** Where a few hashes make a block nobody may make as many as he can. */
const EASY_BLOCK_TIME_MS = 1_000;

/** Follows a network until it is told to stop, and mines when it is told who is paid. */
export async function run(given: NodeSettings, io: ServiceIo): Promise<void> {
  const settings = await withAddresses(given);
  const parameters = networkOf(settings.network, settings);
  const dataDir = settings.ephemeral ? undefined : settings.dataDir;
  const isLocal = settings.network === "local";
  endWithParent();
  const validator = await validatorOf(settings, dataDir, io);

  const chain = await openChain(
    { parameters, dataDir, isArchive: settings.archive, isDurable: !isLocal },
    io,
  );
  const network = await openNetwork({ ...settings, dataDir, checkpoint: checkpointOf(settings) }, chain, io);
  await openFinality(validator, chain, network.finality, io);
  if (validator?.isNew === true) markUsed(settings.validatorDir);
  const rpc = await openRpc({ port: settings.rpcPort, network, isAdmin: isLocal }, chain, io);
  const service = await openService(settings.httpPort, chain, network, io);
  if (settings.miner !== "") {
    const producer = await openProducer(
      {
        pace: paceOf(settings.blockTime, parameters.streams),
        miner: settings.miner.toLowerCase() as `0x${string}`,
        streams: minedStreams(parameters.streams),
        extra: new Uint8Array(0),
      },
      1,
      chain,
      io,
    );
    await startWhenReady(producer, network, io);
  }
  io.lifecycle.serving();

  const ready = {
    rpc: rpc.url,
    ws: rpc.url.replace(/^http/, "ws"),
    http: service.url,
    chainId: Number(parameters.chainId),
    dataDir: dataDir ?? null,
    p2p: p2pOf(network),
  };
  io.stdout.write(settings.json ? readyLine(ready) : readyText(settings.network, ready));
}

/** The key that votes here, if one does. @throws VALIDATOR_AMBIGUOUS, and what opening its key throws */
async function validatorOf(
  { network, validatorDir, validatorPasswordFrom, developmentValidator: index }: NodeSettings,
  dataDir: string | undefined,
  io: ServiceIo,
): Promise<ValidatorIdentity | undefined> {
  if (index > 0) {
    if (network !== "local" || validatorDir !== "") {
      throw trellisErrors.VALIDATOR_AMBIGUOUS({ network, developmentValidator: index, validatorDir });
    }
    return developmentValidator(index - 1, dataDir);
  }
  if (validatorDir === "") return undefined;
  const password = () => readSecret(validatorPasswordFrom, "Password of the validator's key", io);
  const secret = await openValidatorKey(validatorDir, password);
  return { secret, directory: validatorDir, isNew: isUnused(validatorDir) };
}

function checkpointOf({ checkpoint }: NodeSettings): Hash | undefined {
  return checkpoint === "" ? undefined : (checkpoint.toLowerCase() as Hash);
}

function isEasy({ difficulty }: StreamParameters): boolean {
  return difficulty === "fixed";
}

function paceOf(blockTime: NodeSettings["blockTime"], streams: readonly StreamParameters[]): ProducerPace {
  if (blockTime !== "found") return { kind: "random", meanMs: blockTime };
  if (streams.some(isEasy)) return { kind: "random", meanMs: EASY_BLOCK_TIME_MS };
  return { kind: "continuous", dutyCycle: 1 };
}

/** By index: all where that costs nothing, else what a CPU is good for. */
function minedStreams(streams: readonly StreamParameters[]): number[] {
  return streams.flatMap((stream, index) =>
    isEasy(stream) || stream.algorithm === CPU_ALGORITHM ? [index] : [],
  );
}

/** A node of a cluster does not outlive the process that started it, however that one ended. */
function endWithParent(): void {
  if (process.connected) process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}

function readyText(
  network: string,
  {
    rpc,
    http,
    dataDir,
    p2p,
  }: { rpc: string; http: string; dataDir: string | null; p2p: { addresses: readonly string[] } },
): string {
  return [
    "",
    `  Trellis ${network} node: RPC ${rpc}, service ${http}, data ${dataDir ?? "in memory only"}`,
    ...p2p.addresses.map((address) => `    ${address}`),
    "",
    "",
  ].join("\n");
}
