import type { Finding } from "../finding.ts";
import { checkCompose } from "./checkCompose.ts";
import { checkContainerfile } from "./checkContainerfile.ts";
import { checkFly } from "./checkFly.ts";
import { checkMonitoringServices } from "./checkMonitoringServices.ts";
import { checkSystemd } from "./checkSystemd.ts";
import { deployFiles } from "./DeployFiles.ts";

/** Files under deploy/ against their formats, and against the program's own settings, ports and secrets. */
export async function checkDeploy(root: string): Promise<Finding[]> {
  const files = deployFiles(root);
  const { version } = JSON.parse(files.read("apps/trellis/package.json"));
  return [
    ...checkContainerfile(files.read("deploy/image/Containerfile")),
    ...(await checkCompose(files, version)),
    ...checkMonitoringServices(files),
    ...(await checkFly(files, version)),
    ...(await checkSystemd(files)),
  ];
}
