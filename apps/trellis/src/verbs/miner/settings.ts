import {
  list,
  oneOf,
  port,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wordOr,
} from "@trellis/platform/config";
import { listenHost, operationSettings, reference } from "@trellis/platform/service/settings";
import { POW_ALGORITHMS } from "@trellis/protocol";
import { blockTime, miningThreads, rewardAddress } from "../../node/miningSettings.ts";

const NODE_URL = /^(?:ws|http)s?:\/\/[^\s,]+$/;

const settings = {
  node: {
    type: list.refine(
      (urls) => urls.length > 0 && urls.every((url) => NODE_URL.test(url) && URL.canParse(url)),
      {
        error: "URLs of nodes, such as ws://127.0.0.1:8545, separated by commas",
      },
    ),
    default: "ws://127.0.0.1:8545",
    value: "URL,…",
    summary: "JSON-RPC of a node with the role mining; further nodes replace one that fails",
  },
  apiKeyFrom: reference(
    "reference to an API key that all nodes accept, env:NAME or file:PATH; default: none",
  ),
  stream: {
    type: oneOf(POW_ALGORITHMS),
    default: "memory",
    value: "NAME",
    summary: "algorithm of the stream to mine: memory, heavy or blake3",
  },
  address: {
    type: rewardAddress,
    default: "",
    value: "ADDRESS",
    summary: "address that receives the rewards",
  },
  device: {
    type: oneOf(["cpu", "gpu", "both"]),
    default: "cpu",
    value: "cpu|gpu|both",
    summary:
      "device that searches; gpu: heavy and blake3 (package webgpu and a Vulkan driver), otherwise the CPU searches",
  },
  threads: {
    type: miningThreads,
    default: 1,
    value: "N",
    summary: "number of mining threads",
  },
  blockTime: {
    type: blockTime,
    default: "found",
    value: "TIME|found",
    summary: "mean pause after each block, for networks with low difficulty; found: none",
  },
  httpHost: listenHost("listen address of the service port"),
  httpPort: {
    type: wordOr("none", port, "a port, or none"),
    default: "none",
    value: "N|none",
    summary: "service port of /health, /ready and /metrics; 0: any free port",
  },
  json: { type: toggle, default: false, summary: "print lines of JSON" },
  ...operationSettings,
} satisfies Readonly<Record<string, Setting>>;

export type MinerSettings = SettingsOf<typeof settings>;

export const minerDefinition: SettingsDefinition<MinerSettings> = { section: "miner", settings };
