import {
  list,
  matching,
  millisecondsOrDuration,
  oneOf,
  port,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { listenHost, operationSettings, reference } from "@trellis/platform/service/settings";
import { POW_ALGORITHMS } from "@trellis/protocol";

const THREADS_MAX = 1_024;
const BLOCK_TIME_MIN = "50ms";
const BLOCK_TIME_MAX = "1d";
const NODE_URL = /^(?:ws|http)s?:\/\/[^\s,]+$/;

const settings = {
  node: {
    type: list.refine((urls) => urls.length > 0 && urls.every((url) => NODE_URL.test(url)), {
      error: "URLs of nodes, such as ws://127.0.0.1:8545, separated by commas",
    }),
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
    type: matching(/^(?:0x[0-9a-fA-F]{40})?$/, "an address: 0x and 40 hexadecimal digits"),
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
    type: wholeNumber(1, THREADS_MAX),
    default: 1,
    value: "N",
    summary: "number of mining threads",
  },
  blockTime: {
    type: wordOr(
      "found",
      millisecondsOrDuration(BLOCK_TIME_MIN, BLOCK_TIME_MAX),
      `found, or a time from ${BLOCK_TIME_MIN} to ${BLOCK_TIME_MAX}, such as 5s, or in milliseconds`,
    ),
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
