import { withSystemContracts } from "@trellis/contracts";
import { devParameters, main, type NetworkParameters, test } from "@trellis/protocol";
import { readyLine } from "../cli/readyLine.ts";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { openChain } from "../compose/openChain.ts";
import { openProducer } from "../compose/openProducer.ts";
import { openRpc } from "../compose/openRpc.ts";
import { openService } from "../compose/openService.ts";
import type { NodeSettings } from "../config/node.ts";

const NETWORKS: Readonly<Record<NodeSettings["network"], () => NetworkParameters>> = {
  main: () => main,
  test: () => test,
  dev: () => devParameters({ accounts: [] }),
};
/** The stream that CPUs are meant for. */
const CPU_ALGORITHM = "memory";

/** Follows a network until it is told to stop, and mines when it is told who is paid. */
export async function run(settings: NodeSettings, io: ServiceIo): Promise<void> {
  const parameters = withSystemContracts(NETWORKS[settings.network]());
  const chain = await openChain(
    { parameters, dataDir: settings.dataDir, isArchive: false, isDurable: true },
    io,
  );
  const rpc = await openRpc({ port: settings.rpcPort }, chain, io);
  const service = await openService(settings.httpPort, chain, io);
  if (settings.miner !== "") {
    const stream = parameters.streams.findIndex(({ algorithm }) => algorithm === CPU_ALGORITHM);
    const producer = await openProducer(
      {
        pace: { kind: "continuous", dutyCycle: 1 },
        miner: settings.miner.toLowerCase() as `0x${string}`,
        streams: [stream],
        extra: new Uint8Array(0),
      },
      1,
      chain,
      io,
    );
    producer.start();
  }
  io.lifecycle.serving();
  const ready = {
    rpc: rpc.url,
    ws: rpc.url.replace(/^http/, "ws"),
    http: service.url,
    chainId: Number(parameters.chainId),
    dataDir: settings.dataDir,
  };
  if (settings.json) io.stdout.write(readyLine(ready));
  else
    io.stdout.write(
      `\n  Trellis ${settings.network} node: RPC ${ready.rpc}, service ${ready.http}, data ${ready.dataDir}\n\n`,
    );
}
