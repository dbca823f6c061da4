import { defineErrors } from "@trellis/base";

export const platformErrors = defineErrors({
  CONFIG_FILE_UNREADABLE: {
    message: "configuration file unreadable or invalid",
    hint: "check the path (--config, TRELLIS_CONFIG, --chains, --notify or --retention) and its permissions, correct the named line or field, and compare the file with the examples in docs/guides",
    consequence: "fatal",
  },
  CONFIG_UNKNOWN_KEY: {
    message: "unknown setting or flag",
    hint: "correct or remove it; --help lists all",
    consequence: "fatal",
  },
  CONFIG_INVALID_VALUE: {
    message: "invalid value of a setting or flag",
    hint: "see the expected value and unit in the facts; pass each flag once, as --flag value or --flag=value, and a switch alone or as --flag=true or --flag=false; `trellis config explain` describes settings",
    consequence: "fatal",
  },
  CONFIG_RESTART_NEEDED: {
    message: "changed settings need a restart; nothing was changed",
    hint: "restart the service, or revert the named settings and reload",
    consequence: "reject",
  },
  LIFECYCLE_STOPPING: {
    message: "process is stopping",
    hint: "restart the process",
    consequence: "fatal",
  },
  SERVICE_FAILED: {
    message: "service failed to start or stop",
    hint: "see the reason and the log; the other services were stopped in order",
    consequence: "fatal",
  },
  PORT_UNAVAILABLE: {
    message: "cannot listen on the service port",
    hint: "EADDRINUSE: stop the process that uses the port, or choose another one (0 selects a free one); EACCES: ports below 1024 need root or CAP_NET_BIND_SERVICE; EADDRNOTAVAIL: use an address of this machine",
    consequence: "fatal",
  },
});

export { auditErrors } from "./audit/errors.ts";
export { authErrors } from "./auth/errors.ts";
export { cacheErrors } from "./cache/errors.ts";
export { dbErrors } from "./db/errors.ts";
export { eventsErrors } from "./events/errors.ts";
export { guardErrors } from "./guard/errors.ts";
export { httpErrors } from "./http/errors.ts";
export { jobsErrors } from "./jobs/errors.ts";
export { signerErrors } from "./keyServices/errors.ts";
export { notifyErrors } from "./notify/errors.ts";
export { runtimeSettingsErrors } from "./runtimeSettings/errors.ts";
export { secretsErrors } from "./secrets/errors.ts";
