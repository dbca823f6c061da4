import { loadSettings } from "@trellis/platform/config";
import { expect, it } from "vitest";
import { minerDefinition } from "./settings.ts";

const load = (...argv: readonly string[]) =>
  loadSettings(minerDefinition, { argv, environment: {}, defaultFile: "none.yaml" });

it("nodes, stream and device of the miner", async () => {
  expect((await load()).settings).toMatchObject({
    node: ["ws://127.0.0.1:8545"],
    stream: "memory",
    device: "cpu",
    threads: 1,
    httpPort: "none",
  });
  const flags = ["--stream=heavy", "--device=gpu", "--api-key-from=env:KEY"];
  const { settings } = await load("--node=ws://a.example,https://b.example/rpc", ...flags);
  expect(settings).toMatchObject({
    node: ["ws://a.example", "https://b.example/rpc"],
    stream: "heavy",
    device: "gpu",
    apiKeyFrom: "env:KEY",
  });
});

it.each([
  ["--node=", "URLs of nodes"],
  ["--node=a.example:8545", "URLs of nodes"],
  ["--node=ws://a.example,ftp://b.example", "URLs of nodes"],
  ["--node=ws://:8545", "URLs of nodes"],
  ["--node=ws://[::1", "URLs of nodes"],
  ["--node=http://host:99999", "URLs of nodes"],
  ["--stream=sha256", "one of memory, heavy, blake3"],
  ["--device=fpga", "one of cpu, gpu, both"],
  ["--address=0x12", "an address"],
  ["--threads=0", "a whole number from 1"],
  ["--api-key-from=secret", "env:NAME"],
])("CONFIG_INVALID_VALUE: %s", async (flag, expected) => {
  await expect(load(flag)).rejects.toMatchObject({
    code: "CONFIG_INVALID_VALUE",
    facts: { expected: expect.stringContaining(expected) },
  });
});
