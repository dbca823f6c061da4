import { loadSettings } from "@trellis/platform/config";
import { operationSettings } from "@trellis/platform/service/settings";
import { expect, it } from "vitest";
import { childOperations } from "./childOperations.ts";

const load = async (argv: readonly string[]) => {
  const definition = { section: "toy", settings: operationSettings };
  return (await loadSettings(definition, { argv, environment: {}, defaultFile: "none.yaml" })).settings;
};

it("a devnet's processes log and trace as it does, each into a file of its own", async () => {
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

it("on a terminal they say what is wrong, and not that all is well", async () => {
  const own = await load([]);
  expect(await load(childOperations(own, "demo"))).toEqual({ ...own, logLevel: "warn" });
});
