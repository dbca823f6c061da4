import { createOpenRpcValidator, OPENRPC_FILE, vectorsDirectory } from "@trellis/kit";
import { afterAll, beforeAll, expect } from "vitest";
import { expectFaultless } from "./expectStopped.ts";
import { type CheckedEndpoint, openCheckedEndpoint } from "./openCheckedEndpoint.ts";
import { type Devnet, type DevnetOptions, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

interface SharedDevnet {
  readonly devnet: Devnet;
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly directory: string;
  readonly checkedCounts: ReadonlyMap<string, number>;
}

/**
 * Tests fail if an answer violates Ethereum's OpenRPC document, or if the devnet logs an error or does not
 * stop cleanly.
 */
export function useDevnet(options: Pick<DevnetOptions, "args"> = {}): SharedDevnet {
  const vectors = vectorsDirectory(OPENRPC_FILE);
  if (vectors === undefined) console.warn(`answers are not checked: no ${OPENRPC_FILE}; set TRELLIS_VECTORS`);
  let devnet: Devnet | undefined;
  let endpoint: CheckedEndpoint | undefined;
  let directory: TemporaryDirectory | undefined;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    devnet = await startDevnet({ ...options, dataDir: `${directory.path}/devnet` });
    const validator = vectors === undefined ? undefined : createOpenRpcValidator(vectors);
    endpoint = await openCheckedEndpoint(devnet, validator);
  });

  afterAll(async () => {
    await endpoint?.close();
    const ended = await devnet?.stop();
    await directory?.remove();
    if (endpoint === undefined || ended === undefined) return;
    expect([...endpoint.findings], "answers that are not what the OpenRPC document says").toEqual([]);
    expectFaultless(ended);
  });

  return {
    get devnet() {
      return devnet!;
    },
    get rpcUrl() {
      return endpoint!.rpcUrl;
    },
    get wsUrl() {
      return endpoint!.wsUrl;
    },
    get directory() {
      return directory!.path;
    },
    get checkedCounts() {
      return endpoint!.checkedCounts;
    },
  };
}
