import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const PLUGIN = `
import { resolveWithDefault } from "hardhat-predeploy-data/dist/config.js";
import { set } from "hardhat-predeploy-data/dist/types.js";

const newConnection = async (context, next) => {
  const connection = await next(context);
  const predeploy = {};
  for (const [address, { name, abi, bytecode }] of Object.entries(resolveWithDefault({}))) {
    await connection.provider.request({ method: "hardhat_setCode", params: [address, bytecode] });
    set(predeploy, name, await connection.ethers.getContractAt(abi, address));
  }
  connection.ethers.predeploy = predeploy;
  return connection;
};

export default {
  id: "hardhat-predeploy",
  dependencies: () => [import("@nomicfoundation/hardhat-ethers")],
  hookHandlers: { network: async () => ({ default: async () => ({ newConnection }) }) },
};
`;

/** npm lacks hardhat-predeploy 1.0.1, the plugin for Hardhat 3: this one deploys the contracts of 0.4.1. */
export async function installPredeploy(project: string): Promise<void> {
  const directory = join(project, "node_modules/hardhat-predeploy");
  await mkdir(directory);
  await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
  await writeFile(join(directory, "index.js"), PLUGIN);
}
