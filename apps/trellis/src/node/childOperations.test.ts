import { loadSettings } from "@trellis/platform/config";
import { operationSettings } from "@trellis/platform/service/settings";
import { expect, it } from "vitest";
import { childOperations } from "./childOperations.ts";

const load = async (argv: readonly string[]) => {
  const definition = { section: "toy", settings: operationSettings };
  return (await loadSettings(definition, { argv, environment: {}, defaultFile: "none.yaml" })).settings;
};

it("child processes of a devnet log and trace like the parent, each to its own file", async () => {
  const own = await load([
    ...["--log-level=debug", "--log-levels=chain=info,rpc=warn", "--log-file=/var/log/trellis.log"],
    '--log-rotation={"sizeMax":"1MiB","ageMax":"2h","filesKept":3}',
    ...["--log-url=http://127.0.0.1:4318/v1/logs", "--trace-url=http://127.0.0.1:4318/v1/traces"],
  ]);
  expect(await load(childOperations(own, "node-2"))).toEqual({
    ...own,
    logFile: "/var/log/trellis-node-2.log",
  });
});

it("child processes print problems on a terminal, and no successes", async () => {
  const own = await load([]);
  expect(await load(childOperations(own, "demo"))).toEqual({ ...own, logLevel: "warn" });
});
